"""The real sandbox, its interpreter, and a layer with FastAPI."""

from __future__ import annotations

import pytest

from autodev.sandbox import Layer, SandboxBackend, Toolchain, get_backend, python_layer, python_toolchain
from projects.checks.acceptance import Product
from tests.checks.acceptance.cast import PAGES, SERVICE, product


@pytest.fixture(scope="session")
def backend() -> SandboxBackend:
    found = get_backend()
    assert found.name != "refusing", found.probe().reasons
    return found


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    return python_toolchain(tmp_path_factory.mktemp("toolchain"))


@pytest.fixture(scope="session")
def fastapi_layer(backend: SandboxBackend) -> Layer:
    return python_layer("fastapi\nuvicorn\n", backend=backend)


@pytest.fixture
def todo_service(fastapi_layer: Layer, python: Toolchain) -> Product:
    layers = {**python.ro_layers, **fastapi_layer.ro_layers}
    return product("todo_service", layers=layers, python=f"{fastapi_layer.mount}/bin/python", run=SERVICE)


@pytest.fixture
def room_pages(python: Toolchain) -> Product:
    return product("room_pages", layers=python.ro_layers, python=python.program, run=PAGES)


@pytest.fixture
def wordcount(python: Toolchain) -> Product:
    return product("wordcount", layers=python.ro_layers, python=python.program, cli="wordcount.py")


@pytest.fixture
def pricing(python: Toolchain) -> Product:
    return product("pricing", layers=python.ro_layers, python=python.program)
