"""The sweep finds what no message told, and two sweepers do it once."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import OperationalError

from autodev.events.models import Event
from autodev.lib.clock import shifted, utcnow
from projects.engine import finish, hooks, incarnation, outage, sweep, timing
from projects.engine.claim import Claimed, claim
from projects.engine.hooks import Failure
from projects.engine.incarnation import Life, is_dead, lock_path
from projects.engine.outcome import Waits
from projects.engine.revoke import revoke_lost, revoke_stalled
from projects.engine.wake import wake
from projects.engine.worker import Engine
from projects.models import Attempt, Build, Incarnation, Task
from projects.states import RECOVERY, BuildState, TaskState
from tests.engine.clock import HostClock
from tests.factories.projects import BuildFactory, TaskFactory


def test_a_live_lease_is_left_alone(claimed: Claimed) -> None:
    with shifted(timing.LEASE_S - 2):
        assert sweep.sweep() == sweep.Swept()


def test_an_expired_lease_frees_the_task_and_counts_a_crash(claimed: Claimed, task: Task) -> None:
    with shifted(timing.LEASE_S + 1):
        assert sweep.sweep().lost == 1
        assert sweep.sweep().lost == 0
    task.refresh_from_db()
    assert (task.state, task.epoch, task.crashes, task.attempts) == (TaskState.READY, 2, 1, 0)
    assert Attempt.objects.get().outcome == "lost"


def test_two_sweepers_that_saw_the_same_lease_revoke_it_once(claimed: Claimed, task: Task) -> None:
    with shifted(timing.LEASE_S + 1):
        seen_by_both = [Task.objects.get(pk=task.pk), Task.objects.get(pk=task.pk)]
        assert [revoke_lost(one, expired_only=True) for one in seen_by_both] == [True, False]
    task.refresh_from_db()
    assert (task.crashes, task.epoch) == (1, 2)
    assert Event.objects.filter(type="task.lost").count() == 1


def test_a_renewal_between_look_and_revocation_keeps_the_task(claimed: Claimed, task: Task) -> None:
    with shifted(timing.LEASE_S + 1):
        seen = Task.objects.get(pk=task.pk)
        Task.objects.update(lease_expires_at=utcnow() + dt.timedelta(seconds=90))
        assert not revoke_lost(seen, expired_only=True)


def test_a_task_that_ends_between_look_and_revocation_stays_ended(claimed: Claimed, task: Task) -> None:
    with shifted(timing.LEASE_S + 1):
        seen = Task.objects.get(pk=task.pk)
        finish.release(claimed)
        assert not revoke_lost(seen, expired_only=True)


def test_the_third_crash_is_the_last(task: Task) -> None:
    Task.objects.update(crashes=2)
    assert claim("w")
    with shifted(timing.LEASE_S + 1):
        sweep.sweep()
    task.refresh_from_db()
    build = Build.objects.get()
    assert (task.state, build.state) == (TaskState.QUARANTINED, BuildState.FAILED)
    assert "died 3 times" in build.errors[0]


@pytest.mark.parametrize("how", ["quarantined", "rejected"])
def test_what_the_build_can_do_without_holds_nothing_up(task: Task, how: str) -> None:
    Task.objects.update(critical=False, crashes=timing.MAX_CRASHES - 1)
    TaskFactory.create(build=task.build, key="beside", state=TaskState.WAITING, wait_reason="x")
    after = TaskFactory.create(build=task.build, key="after", state=TaskState.PENDING)
    after.needs.create(needs=task)
    claimed = claim("w")
    assert claimed is not None
    if how == "quarantined":
        assert revoke_lost(Task.objects.get(pk=task.pk), expired_only=False)
    else:
        finish.reject(claimed, code="invalid_input", message="No.")
    after.refresh_from_db()
    assert after.state == TaskState.READY


def test_a_lease_that_nobody_could_renew_is_no_crash(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "_seen_at", None)
    Task.objects.update(crashes=2)
    assert claim("w")
    Engine(slots=1)._guarded("sweep", _no_database)
    host = HostClock(monkeypatch)
    with shifted(timing.LEASE_S + 1):
        assert sweep.sweep().lost == 1
    task.refresh_from_db()
    assert (task.state, task.crashes) == (TaskState.READY, 2)
    assert Attempt.objects.get().outcome == "lost"
    host.now += timing.LEASE_S + 1
    assert claim("w")
    with shifted(timing.LEASE_S + 1):
        assert sweep.sweep().lost == 1
    task.refresh_from_db()
    assert (task.state, task.crashes) == (TaskState.QUARANTINED, 3)


def test_an_error_of_another_kind_is_no_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage, "_seen_at", None)
    outage.note(ValueError("x"))
    assert not outage.recent()


def _no_database() -> None:
    raise OperationalError("server closed the connection unexpectedly")


def test_waits_that_are_over_become_ready(claimed: Claimed, task: Task) -> None:
    finish.wait(claimed, Waits(reason="provider:x"))
    assert sweep.sweep().woken == 0
    with shifted(31):
        seen = Task.objects.get(pk=task.pk)
        assert sweep.sweep().woken == 1
        assert not wake(seen)
    task.refresh_from_db()
    assert (task.state, task.wait_reason) == (TaskState.READY, "")


def test_a_failure_nobody_decided_on_is_asked_about_again(
    claimed: Claimed, task: Task, no_recovery: list[Failure]
) -> None:
    finish.fail_attempt(claimed, kind="k", message="m", fingerprint="f")
    assert sweep.sweep().decided == 0
    with shifted(timing.UNDECIDED_S + 1):
        done = sweep.sweep()
    assert (done.decided, done.woken) == (1, 0)
    assert no_recovery == [Failure(task_id=task.pk, epoch=1)]


def test_failures_that_break_every_decision_do_not_keep_others_from_theirs(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 2)
    waits = {"build": build, "state": TaskState.WAITING, "wait_reason": RECOVERY}
    for number in range(2):
        TaskFactory.create(key=f"broken-{number}", next_run_at=utcnow() - dt.timedelta(hours=1), **waits)
    good = TaskFactory.create(key="good", next_run_at=utcnow(), **waits)
    asked: list[uuid.UUID] = []

    def breaks(failure: Failure) -> None:
        asked.append(failure.task_id)
        raise ZeroDivisionError

    monkeypatch.setattr(hooks, "_hook", breaks)
    with shifted(1):
        assert sweep.sweep().decided == 2
        assert sweep.sweep().decided == 1
    assert asked[-1] == good.pk
    with shifted(1 + timing.UNDECIDED_S + 1):
        assert sweep.sweep().decided == 2


def test_a_heartbeat_without_progress_is_caught(claimed: Claimed, task: Task, no_recovery: list[Failure]) -> None:
    Task.objects.update(lease_expires_at=utcnow() + dt.timedelta(days=1))
    with shifted(timing.PROGRESS_TIMEOUT_S - 5):
        assert sweep.sweep().stalled == 0
    with shifted(timing.PROGRESS_TIMEOUT_S + 5):
        seen = Task.objects.get(pk=task.pk)
        assert sweep.sweep().stalled == 1
        assert not revoke_stalled(seen, timeout_s=1)
    task.refresh_from_db()
    assert (task.state, task.wait_reason, task.epoch, task.attempts) == (TaskState.WAITING, "recovery", 2, 1)
    assert Attempt.objects.get().error_kind == "no_progress"


@pytest.mark.parametrize("state", [BuildState.QUEUED, BuildState.RUNNING, BuildState.PAUSED])
def test_a_build_past_its_deadline_fails_and_says_so(db: None, state: BuildState) -> None:
    build = BuildFactory.create(state=state, deadline_at=utcnow() + dt.timedelta(seconds=60))
    TaskFactory.create(build=build, state=TaskState.PENDING)
    assert sweep.end_overdue() == 0
    with shifted(61):
        assert sweep.end_overdue() == 1
        assert not sweep._end(build, "again")
    build.refresh_from_db()
    assert (build.state, build.errors) == (BuildState.FAILED, [sweep.DEADLINE])
    assert Task.objects.get().state == TaskState.CANCELLED


def test_a_pending_task_that_was_forgotten_becomes_ready(build: Build) -> None:
    TaskFactory.create(build=build, state=TaskState.PENDING)
    assert sweep.settle_left() == 1
    assert Task.objects.get().state == TaskState.READY
    assert sweep.settle_left() == 0


def test_a_build_whose_tasks_need_each_other_ends(build: Build) -> None:
    from projects.models import Dependency

    one, other = TaskFactory.create_batch(2, build=build, state=TaskState.PENDING)
    Dependency.objects.create(task=one, needs=other)
    Dependency.objects.create(task=other, needs=one)
    assert sweep.settle_left() == 1
    build.refresh_from_db()
    assert (build.state, build.errors) == (BuildState.FAILED, [sweep.STUCK])


def test_a_build_without_a_verdict_is_no_success(build: Build) -> None:
    TaskFactory.create(build=build, state=TaskState.SUCCEEDED)
    sweep.settle_left()
    build.refresh_from_db()
    assert build.state == BuildState.FAILED
    assert "verdict" in build.errors[0]


def test_a_dead_incarnation_of_this_host_is_buried_at_once(task: Task) -> None:
    life = Life(slots=1)
    life.begin()
    assert claim(life.name)
    assert not is_dead(life.name)
    assert sweep.sweep().lost == 0
    import os

    assert life._lock is not None
    os.close(life._lock)  # as the kernel does at its death
    assert is_dead(life.name)
    assert sweep.sweep().lost == 1
    row = Incarnation.objects.get()
    assert row.stopped_at is not None
    assert not lock_path(life.name).exists()
    task.refresh_from_db()
    assert (task.state, task.crashes) == (TaskState.READY, 1)


def test_a_lock_file_that_is_not_here_says_nothing(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(slots=1)
    life.begin()
    assert claim(life.name)
    life.give_up_lock()
    assert not is_dead(life.name)
    assert sweep.sweep().lost == 0


def test_another_hosts_incarnations_are_not_ours_to_bury(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life(slots=1)
    life.begin()
    assert claim(life.name)
    monkeypatch.setattr(incarnation, "host_name", lambda: "elsewhere")
    assert incarnation.dead_here() == []
    assert sweep.sweep().lost == 0
    life.end()
    assert Incarnation.objects.get().draining
