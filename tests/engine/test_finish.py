"""Every end of an attempt is a compare-and-swap; an error after the commit changes nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.contracts.ports import Fenced
from autodev.events.models import Event
from autodev.lib import db, failpoints
from autodev.lib.clock import shifted, utcnow
from projects.engine import finish
from projects.engine.claim import Claimed, claim
from projects.engine.outcome import NewTask, Succeeded, Waits
from projects.engine.revoke import revoke_lost, revoke_own
from projects.models import Attempt, AttemptOutcome, Build, Dependency, Task
from projects.services.cancel import cancel_build
from projects.services.errors import WrongState
from projects.states import BuildState, Phase, TaskState
from tests.factories.projects import TaskFactory

MORE = NewTask(key="next", kind="noop", phase=Phase.VALIDATE, title="Next", needs=["only"])
VERDICT = Succeeded(build_updates={"verdict": "succeeded"}, merge=False)


def attempt() -> Attempt:
    return Attempt.objects.latest("epoch")


def test_success_ends_the_attempt_and_frees_the_lease(claimed: Claimed, task: Task) -> None:
    finish.succeed(claimed, Succeeded(result={"a": 1}, build_updates={"verdict": "succeeded"}))
    task.refresh_from_db()
    assert (task.state, task.lease_owner, task.lease_expires_at) == (TaskState.SUCCEEDED, "", None)
    assert task.result == {"a": 1, "verdict": "succeeded"}
    assert attempt().outcome == AttemptOutcome.SUCCEEDED
    build = Build.objects.get()
    assert (build.state, build.progress) == (BuildState.SUCCEEDED, 100)
    assert build.success


def test_new_tasks_come_with_the_end_and_are_ready_when_nothing_is_missing(claimed: Claimed) -> None:
    last = NewTask(key="last", kind="noop", phase=Phase.DELIVER, title="Last", needs=["next", "only"])
    finish.succeed(claimed, Succeeded(add_tasks=[MORE, last]))
    states = dict(Task.objects.values_list("key", "state"))
    assert states == {"only": "succeeded", "next": "ready", "last": "pending"}
    assert Dependency.objects.count() == 3


def test_a_task_that_is_there_is_not_added_again(claimed: Claimed) -> None:
    TaskFactory.create(build=claimed.task.build, key="next", title="Before", state=TaskState.PENDING)
    finish.succeed(claimed, Succeeded(add_tasks=[MORE]))
    assert Task.objects.get(key="next").title == "Before"


def test_a_task_that_needs_an_unknown_key_undoes_the_end(claimed: Claimed, task: Task) -> None:
    wrong = NewTask(key="next", kind="noop", phase=Phase.VALIDATE, title="Next", needs=["nobody"])
    with pytest.raises(ValueError, match="nobody"):
        finish.succeed(claimed, Succeeded(add_tasks=[wrong]))
    task.refresh_from_db()
    assert task.state == TaskState.RUNNING


def test_an_unknown_field_of_the_build_is_refused(claimed: Claimed) -> None:
    with pytest.raises(ValueError, match="state"):
        finish.succeed(claimed, Succeeded(build_updates={"state": "succeeded"}))


def test_updates_come_together(claimed: Claimed) -> None:
    Build.objects.update(metrics={"a": 1}, warnings=["old"])
    finish.succeed(
        claimed,
        Succeeded(
            degraded=["No search."],
            build_updates={"metrics": {"b": 2}, "warnings": ["old", "new"], "tech_stack": {"django": "5.2"}},
            add_tasks=[MORE],
        ),
    )
    build = Build.objects.get()
    assert build.metrics == {"a": 1, "b": 2}
    assert build.warnings == ["old", "new"]
    assert build.tech_stack == {"django": "5.2"}
    assert build.degraded == ["No search."]
    assert Task.objects.get(key="only").state == TaskState.DEGRADED
    assert Task.objects.get(key="next").state == TaskState.READY


def test_a_head_that_moved_undoes_the_end(claimed: Claimed, task: Task) -> None:
    Build.objects.update(head="b" * 40)
    with pytest.raises(finish.HeadMoved):
        finish.succeed(claimed, Succeeded(), merge=finish.Merge("a" * 40, "c" * 40))
    task.refresh_from_db()
    assert task.state == TaskState.RUNNING
    finish.succeed(claimed, VERDICT, merge=finish.Merge("b" * 40, "c" * 40))
    assert Build.objects.get().head == "c" * 40


def test_a_failure_waits_for_recovery_and_spends_an_attempt(claimed: Claimed, task: Task) -> None:
    finish.fail_attempt(claimed, kind="tests", message="2 failed", fingerprint="f")
    task.refresh_from_db()
    assert (task.state, task.wait_reason, task.attempts, task.crashes) == (TaskState.WAITING, "recovery", 1, 0)
    assert task.next_run_at is not None
    assert (attempt().outcome, attempt().fingerprint, attempt().error) == (AttemptOutcome.FAILED, "f", "2 failed")
    assert Build.objects.get().state == BuildState.RUNNING


def test_invalid_input_ends_the_build_at_once(claimed: Claimed) -> None:
    TaskFactory.create(build=claimed.task.build, key="other")
    finish.reject(claimed, code="refused", message="This would be malware.")
    build = Build.objects.get()
    assert build.state == BuildState.FAILED
    assert build.errors == ["Do only: This would be malware."]
    assert Task.objects.get(key="other").state == TaskState.CANCELLED


def test_waits_climb_the_ladder_and_spend_no_attempt(claimed: Claimed, task: Task) -> None:
    seconds = []
    current: Claimed | None = claimed
    for _ in range(6):
        assert current is not None
        finish.wait(current, Waits(reason="provider:x"))
        task.refresh_from_db()
        assert task.next_run_at is not None
        seconds.append(round((task.next_run_at - utcnow()).total_seconds(), -1))
        Task.objects.update(state=TaskState.READY, next_run_at=None)
        current = claim("worker-a")
    assert seconds == [30, 60, 120, 240, 300, 300]
    assert (task.attempts, task.waits) == (0, 6)


@pytest.mark.parametrize("until_s", [None, 3600])
def test_no_wait_goes_past_the_deadline(claimed: Claimed, task: Task, until_s: int | None) -> None:
    deadline = utcnow() + dt.timedelta(seconds=20)
    Build.objects.update(deadline_at=deadline)
    until = utcnow() + dt.timedelta(seconds=until_s) if until_s else None
    finish.wait(claimed, Waits(reason="provider:x", until=until))
    task.refresh_from_db()
    assert task.next_run_at is not None
    assert abs((task.next_run_at - deadline).total_seconds()) < 0.01


def test_a_release_spends_nothing(claimed: Claimed, task: Task) -> None:
    finish.release(claimed)
    task.refresh_from_db()
    assert (task.state, task.attempts, task.crashes, task.epoch) == (TaskState.READY, 0, 0, 1)
    assert attempt().outcome == AttemptOutcome.RELEASED
    again = claim("worker-b")
    assert again is not None
    assert again.epoch == 2


ENDS = {
    "succeed": lambda c: finish.succeed(c, VERDICT),
    "fail": lambda c: finish.fail_attempt(c, kind="k", message="m", fingerprint="f"),
    "reject": lambda c: finish.reject(c, code="k", message="m"),
    "wait": lambda c: finish.wait(c, Waits(reason="r")),
    "release": finish.release,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("taken_by", ["sweep", "owner", "cancel"])
def test_a_zombie_writes_nothing(claimed: Claimed, task: Task, end: object, taken_by: str) -> None:
    if taken_by == "sweep":
        with shifted(31):
            assert revoke_lost(Task.objects.get(pk=task.pk), expired_only=True)
    elif taken_by == "owner":
        assert revoke_own(task.pk, claimed.epoch)
    else:
        cancel_build(build=task.build, user=None)
    before = (Task.objects.values().get(), Build.objects.values().get(), list(Attempt.objects.values()))
    events = Event.objects.count()
    with pytest.raises(Fenced):
        end(claimed)  # type: ignore[operator] # one of ENDS
    assert before == (Task.objects.values().get(), Build.objects.values().get(), list(Attempt.objects.values()))
    assert Event.objects.count() == events


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("fault", ["write.after_commit=raise@1", "write.before_commit=raise@1"])
def test_an_error_around_the_commit_neither_loses_nor_doubles(
    claimed: Claimed, end: object, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_pause", lambda _: None)
    failpoints.set_faults(fault)
    end(claimed)  # type: ignore[operator] # one of ENDS
    assert attempt().outcome != AttemptOutcome.RUNNING
    assert Attempt.objects.count() == 1
    build = Build.objects.get()
    versions = list(Event.objects.order_by("version").values_list("version", flat=True))
    assert versions == list(range(1, build.version + 1))
    assert Task.objects.get().attempts <= 1
    assert Task.objects.get().waits <= 1


def test_cancel_after_the_end_and_the_end_after_cancel(claimed: Claimed, build: Build) -> None:
    finish.succeed(claimed, VERDICT)
    with pytest.raises(WrongState):
        cancel_build(build=build, user=None)
    assert Build.objects.get().state == BuildState.SUCCEEDED
