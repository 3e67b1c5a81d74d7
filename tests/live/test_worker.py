"""What a process does that makes calls: probes, the file's configuration, orphans."""

from __future__ import annotations

import asyncio
import sys
from functools import partial

import pytest

from autodev import celery
from providers import tasks
from providers.config import file
from providers.live import process, worker
from tests.engine.clock import HostClock

pytestmark = pytest.mark.django_db(transaction=True)


SWEEPS = ["ledger.sweep", "cache.sweep", "drills_conclude", "ledger.forget"]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    for name in SWEEPS:
        monkeypatch.setattr(f"providers.live.worker.{name}", partial(found.append, name))
    return found


def test_it_sweeps_each_minute(done: list[str], host_clock: HostClock) -> None:
    sweeping = worker.Sweeping()
    sweeping.look()
    sweeping.look()
    assert done == SWEEPS
    host_clock.now += worker.SWEEP_EVERY_S
    sweeping.look()
    assert done == 2 * SWEEPS


def test_a_file_that_breaks_keeps_nobody_from_sweeping(
    done: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise ValueError("what nobody thought of")

    monkeypatch.setattr(file, "refresh", broken)
    worker.begin()
    poller = process._poller
    assert poller is not None
    poller.turn()
    assert done[: len(SWEEPS)] == SWEEPS
    assert "provider.state_not_shared" in caplog.text


class Kept:
    """A kind with connections."""

    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


def test_at_its_end_connections_are_closed(monkeypatch: pytest.MonkeyPatch, done: list[str]) -> None:
    kept = Kept()
    monkeypatch.setattr("providers.kinds.models._in_use", {"kept": kept, "other": object()})
    worker.begin()
    process.stop()
    process.stop()
    assert kept.closed == 1


def test_what_does_not_close_is_left(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(worker, "close_kinds", never)
    monkeypatch.setattr(worker, "CLOSING_S", 0.01)
    worker.close()
    assert "providers.not_closed" in caplog.text


def test_a_worker_begins_without_the_model_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.Sweeping, "look", lambda self: None)
    monkeypatch.delitem(sys.modules, "litellm", raising=False)
    worker.begin()
    worker.begin()
    poller = process._poller
    assert poller is not None
    assert sorted(poller.after) == ["file", "probes", "sweep"]
    poller.turn()
    assert "litellm" not in sys.modules


def test_the_tick_sweeps(done: list[str]) -> None:
    tasks.ledger_tick()
    assert done == SWEEPS
    assert celery.app.conf.beat_schedule["ledger"]["task"] == tasks.ledger_tick.name
