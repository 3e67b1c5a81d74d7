"""A gateway on the real routing, in front of two providers that follow a script."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from providers.gateway import callers
from providers.gateway.app import make_app
from providers.gateway.callers import Caller, Callers
from providers.live.view import ChainView
from providers.states import Strategy
from tests.cast import cast
from tests.providers_lab.fixtures import _lab, lab
from tests.routing.conftest import _warm
from tests.routing.fakes import WORKSPACE, World, world

__all__ = ["_lab", "_warm", "cast", "lab"]
CHAINS = {"default": ChainView(task_kind="default", strategy=Strategy.PRIMARY_SECONDARY, providers=("a", "b"))}


@pytest.fixture(autouse=True)
def _own_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Those that look keys up keep SQLite's connection, which belongs to one test."""
    with ThreadPoolExecutor(max_workers=2) as threads:
        monkeypatch.setattr(callers, "_threads", threads)
        yield


@pytest.fixture
def here() -> World:
    return world(chains=CHAINS)


@pytest.fixture
async def client(here: World) -> AsyncIterator[httpx.AsyncClient]:
    known = {"good": Caller(workspace_id=WORKSPACE)}
    transport = httpx.ASGITransport(app=make_app(Callers(known.get), ports=here.ports))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers={"Authorization": "Bearer good"}
    ) as found:
        yield found
