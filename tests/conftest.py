"""What all tests share: the services of the run, and the list of features."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from autodev.sandbox.workspace import mounts_below
from providers.config.variables import PROVIDER_VARIABLES
from tests import emptying
from tests.services import Services

pytest_plugins = ["tests.features", "tests.order"]

_run = Path(os.environ["AUTODEV_TEST_RUN"])  # set by tests.settings, which pytest-django has loaded by now
_services = Services(_run)
for _variable in PROVIDER_VARIABLES:
    os.environ.pop(
        _variable, None
    )  # a new workspace asks models with the machine's keys: no test spends their owner's money


def _own_postgres() -> bool:
    return os.environ.get("TEST_DATABASE", "postgresql") == "postgresql" and not os.environ.get("DATABASE_URL")


def pytest_configure(config: pytest.Config) -> None:
    """With several workers the services belong to the process that starts these; else they come when asked for."""
    if getattr(config.option, "numprocesses", None):
        if _own_postgres():
            _services.postgres()
        _services.redis()


def pytest_unconfigure() -> None:
    _services.stop()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before pytest-django makes the test database, there is a server; after each test that commits, it is emptied."""
    emptying.install()
    if _own_postgres():
        _services.postgres()


@pytest.fixture(scope="session")
def _redis() -> str:
    return os.environ.get("REDIS_URL") or _services.redis()


@pytest.fixture
def redis_url(_redis: str, worker_id: str) -> Iterator[str]:
    """A Redis database of this test worker's own, empty before and after."""
    import redis

    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) + 1
    url = f"{_redis}?db={number}" if _redis.startswith("unix:") else f"{_redis.rstrip('/')}/{number}"
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield url
    client.flushdb()
    client.close()


@pytest.fixture
def data_dir(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """An empty AUTODEV_DATA for this test. What a killed worker left mounted in it, a janitor never sees again."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    settings.AUTODEV_DATA = folder
    yield folder
    for where in mounts_below(folder):
        subprocess.run(["umount", "--lazy", str(where)], check=False)
