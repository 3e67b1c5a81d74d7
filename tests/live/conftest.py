from __future__ import annotations

from collections.abc import Iterator

import pytest

from providers.live import process
from tests.engine.clock import HostClock


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")


@pytest.fixture(autouse=True)
def _no_thread() -> Iterator[None]:
    yield
    process.stop()


@pytest.fixture
def host_clock(monkeypatch: pytest.MonkeyPatch) -> HostClock:
    return HostClock(monkeypatch)
