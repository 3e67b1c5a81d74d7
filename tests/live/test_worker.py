"""What a process does that makes calls: probes, the file's configuration, orphans."""

from __future__ import annotations

import sys

import pytest

from autodev import celery
from providers import ledger, tasks
from providers.config import file
from providers.live import process, worker
from tests.engine.clock import HostClock

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_follows_the_file_at_each_look_and_sweeps_each_minute(
    monkeypatch: pytest.MonkeyPatch, host_clock: HostClock
) -> None:
    done: list[str] = []
    monkeypatch.setattr(file, "refresh", lambda: done.append("file"))
    monkeypatch.setattr(ledger, "sweep", lambda: done.append("sweep"))
    duties = worker.Duties()
    duties.look()
    duties.look()
    host_clock.now += worker.SWEEP_EVERY_S
    duties.look()
    assert done == ["file", "sweep", "file", "file", "sweep"]


def test_a_worker_begins_without_the_model_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker.Duties, "look", lambda self: None)
    monkeypatch.delitem(sys.modules, "litellm", raising=False)
    worker.begin()
    worker.begin()
    poller = process._poller
    assert poller is not None
    assert sorted(poller.after) == ["duties", "probes"]
    poller.turn()
    assert "litellm" not in sys.modules


def test_the_tick_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []
    monkeypatch.setattr(ledger, "sweep", lambda: swept.append(1))
    tasks.ledger_tick()
    assert swept == [1]
    assert celery.app.conf.beat_schedule["ledger"]["task"] == tasks.ledger_tick.name
