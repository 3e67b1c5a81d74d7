"""What an attempt that failed leaves for whoever decides: who, until when, and which budget it spent."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.events.models import Event
from autodev.lib.clock import shifted, utcnow
from projects.engine import finish, hooks, sweep, timing
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.execute import execute
from projects.engine.hooks import Failure, Lost
from projects.engine.lease import Lease
from projects.engine.outcome import Outcome, WorkFailed
from projects.models import Attempt, Task
from projects.states import RECOVERY, TaskState
from tests.engine.conftest import Handle

RETRY_AT = utcnow() + dt.timedelta(minutes=9)


def test_a_failure_outside_of_the_work_spends_a_wait_and_no_attempt(
    handle: Handle, claimed: Claimed, lease: Lease, task: Task, no_recovery: list[Failure]
) -> None:
    def limited(ctx: TaskContext) -> Outcome:
        raise WorkFailed(
            "Too many requests", kind="rate_limit", outside=True, retry_at=RETRY_AT, provider="alpha",
            details={"asked": ["alpha", {"header": "Authorization: Bearer abcdefghijkl"}], "n": 3},
        )  # fmt: skip

    handle("noop", limited)
    execute(claimed, lease)
    task.refresh_from_db()
    assert (task.state, task.wait_reason, task.attempts, task.waits) == (TaskState.WAITING, RECOVERY, 0, 1)
    row = Attempt.objects.get()
    assert (row.outcome, row.error_kind, row.provider, row.retry_at) == ("waiting", "rate_limit", "alpha", RETRY_AT)
    assert row.details["asked"][0] == "alpha"
    assert "abcdefghijkl" not in str(row.details)
    assert no_recovery == [Failure(task_id=task.pk, epoch=1)]
    event = Event.objects.get(type="task.attempt_failed")
    assert (event.payload["outside"], event.payload["provider"]) == (True, "alpha")


def test_a_failure_of_the_work_spends_an_attempt_and_no_wait(claimed: Claimed, task: Task) -> None:
    finish.fail_attempt(claimed, kind="tests", message="2 failed", fingerprint="f", provider="beta")
    task.refresh_from_db()
    row = Attempt.objects.get()
    assert (task.attempts, task.waits, row.outcome, row.provider, row.details) == (1, 0, "failed", "beta", {})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Lost]:
    seen: list[Lost] = []
    monkeypatch.setattr(hooks, "_lost_hook", None)
    hooks.set_lost_hook(seen.append)
    return seen


def test_a_lost_worker_is_told_once_and_the_task_is_ready_at_once(task: Task, told: list[Lost]) -> None:
    for crash in (1, 2, 3):
        taken = claim("w")
        assert taken is not None
        with shifted(timing.LEASE_S + 1):
            assert (sweep.revoke_expired(), sweep.revoke_expired()) == (1, 0)
        assert told[-1] == Lost(task_id=task.pk, epoch=taken.epoch, quarantined=crash == 3)
    assert len(told) == 3
    task.refresh_from_db()
    assert task.state == TaskState.QUARANTINED


def test_whoever_records_it_cannot_stop_the_sweep(claimed: Claimed, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(lost: Lost) -> None:
        raise RuntimeError("no table")

    monkeypatch.setattr(hooks, "_lost_hook", None)
    hooks.set_lost_hook(breaks)
    with shifted(timing.LEASE_S + 1):
        assert sweep.revoke_expired() == 1
    hooks.set_lost_hook(None)
    hooks.tell_lost(Lost(task_id=claimed.task.pk, epoch=1, quarantined=False))
