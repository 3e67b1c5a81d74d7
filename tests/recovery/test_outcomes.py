"""What came of decisions, of lost workers and of quarantine; and how it is counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.accounts.models import Workspace
from autodev.events.models import Event
from autodev.lib.clock import shifted, utcnow
from projects.engine import hooks, timing
from projects.engine.claim import claim
from projects.engine.output import OutputFile
from projects.engine.sweep import sweep
from projects.models import Build, Task
from projects.states import BuildState, TaskState
from recovery import steps
from recovery.metrics import Tally, metrics_of
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.outcomes import outcome_of, settle_outcomes
from recovery.poison import set_apart, set_apart_all
from recovery.states import RecoveryState, RequestState
from tests.factories.projects import BuildFactory, TaskFactory
from tests.factories.recovery import HumanRequestFactory, RecoveryAttemptFactory
from tests.recovery.conftest import Script, run_one, timeout

S, R = TaskState, RecoveryState


@pytest.mark.parametrize(
    ("state", "parts", "expected"),
    [
        (S.SUCCEEDED, (), R.RECOVERED),
        (S.DEGRADED, (), R.RECOVERED),
        (S.FAILED, (), R.EXHAUSTED),
        (S.QUARANTINED, (), R.EXHAUSTED),
        (S.CANCELLED, (), R.EXHAUSTED),
        (S.SUPERSEDED, (S.SUCCEEDED, S.DEGRADED), R.RECOVERED),
        (S.SUPERSEDED, (S.SUCCEEDED, S.FAILED), R.EXHAUSTED),
        (S.SUPERSEDED, (S.SUCCEEDED, S.RUNNING), None),
        (S.SUPERSEDED, (), R.EXHAUSTED),
    ],
)
def test_the_outcome_follows_from_states(state: str, parts: tuple[str, ...], expected: RecoveryState | None) -> None:
    found = outcome_of(state, parts)
    assert (found[0] if found else None) == expected


@pytest.mark.parametrize(
    ("task", "outcome", "learned"),
    [
        ({"state": S.SUCCEEDED}, "The task is done.", True),
        ({"state": S.FAILED}, "The task ended without success.", False),
        ({"state": S.CANCELLED}, "The task was cancelled.", None),
    ],
)
def test_each_outcome_is_written_and_learned_once(
    build: Build, task: dict[str, Any], outcome: str, learned: bool | None
) -> None:
    row = RecoveryAttemptFactory.create(task=TaskFactory.create(build=build, **task))
    assert (settle_outcomes(), settle_outcomes()) == (1, 0)
    row.refresh_from_db()
    assert (row.outcome, row.learned) == (outcome, learned)
    assert row.ended_at is not None


def test_what_is_under_way_costs_one_query(build: Build) -> None:
    for number in range(3):
        RecoveryAttemptFactory.create(task=TaskFactory.create(build=build, state=S.RUNNING), number=number + 1)
    with CaptureQueriesContext(connection) as asked:
        assert settle_outcomes() == 0
    assert len(asked) == 1


def test_parts_of_parts_are_waited_for(build: Build) -> None:
    whole = TaskFactory.create(build=build, state=S.SUPERSEDED)
    part = TaskFactory.create(build=build, state=S.SUPERSEDED, parent=whole)
    leaf = TaskFactory.create(build=build, state=S.RUNNING, parent=part)
    row = RecoveryAttemptFactory.create(task=whole)
    assert settle_outcomes() == 0
    Task.objects.filter(pk=leaf.pk).update(state=S.SUCCEEDED)
    assert settle_outcomes() == 1
    row.refresh_from_db()
    assert row.outcome == "Its parts are done."


def test_a_plan_that_was_overtaken_ends_and_teaches_nothing(build: Build) -> None:
    task = TaskFactory.create(build=build, state=S.RUNNING, epoch=2)
    row = RecoveryAttemptFactory.create(task=task, epoch=1, state=R.PLANNED, applied_at=None)
    fresh = TaskFactory.create(build=build, state=S.WAITING, wait_reason="recovery", epoch=1)
    RecoveryAttemptFactory.create(task=fresh, epoch=1, state=R.PLANNED, applied_at=None)
    assert settle_outcomes() == 1
    row.refresh_from_db()
    assert (row.state, row.learned) == (R.EXHAUSTED, None)
    assert metrics_of(None).decided == 0


@pytest.mark.feature("F3.9")
def test_recovered_and_failed_again_within_the_hour_is_a_false_positive(
    task: Task, script: Script, workspace: Workspace
) -> None:
    script.ends["only"] = [timeout()]
    run_one()
    with shifted(60):
        sweep()
        run_one()
        sweep()
    assert metrics_of(workspace.pk).false_positives == 0
    Task.objects.filter(pk=task.pk).update(state=S.READY, next_run_at=None)
    script.ends["only"] = [timeout("It fell over again.")]
    run_one()
    first = RecoveryAttempt.objects.order_by("number").first()
    assert first is not None
    assert (first.state, first.learned) == (R.RELAPSED, False)
    assert first.was_recovered_at is not None
    found = metrics_of(workspace.pk)
    assert (found.false_positives, found.false_positive_rate) == (1, 1.0)


def test_after_the_hour_a_new_failure_is_a_new_one(task: Task, script: Script) -> None:
    done = RecoveryAttemptFactory.create(
        task=task, epoch=0, state=R.RECOVERED, was_recovered_at=utcnow(), ended_at=utcnow() - dt.timedelta(hours=2)
    )
    script.ends["only"] = [timeout()]
    run_one()
    done.refresh_from_db()
    assert done.state == R.RECOVERED


@pytest.mark.feature("F3.6")
def test_a_lost_worker_is_noted_and_counted_once_the_task_is_done(task: Task, script: Script) -> None:
    assert claim("worker-a")
    with shifted(timing.LEASE_S + 1):
        sweep()
        row = RecoveryAttempt.objects.get()
        assert (row.failure_kind, row.state, row.epoch, row.delay_s) == ("worker_lost", R.APPLIED, 1, 0.0)
        task.build.workspace.refresh_from_db()
        assert task.build.workspace.state == "auto_recovering"
        hooks.tell_lost(hooks.Lost(task_id=task.pk, epoch=1, quarantined=False))
        assert RecoveryAttempt.objects.count() == 1
        assert claim("worker-b")
    with shifted(2 * timing.LEASE_S + 5):
        sweep()
        row.refresh_from_db()
        assert (row.state, row.outcome) == (R.RELAPSED, "Its worker was lost again.")
        run_one()
        sweep()
    assert RecoveryAttempt.objects.get(number=2).state == R.RECOVERED


@pytest.mark.feature("F3.10")
def test_a_task_that_kills_its_workers_is_set_apart_with_its_evidence(task: Task, script: Script) -> None:
    for number in range(3):
        with shifted((timing.LEASE_S + 1) * number):
            taken = claim(f"worker-{number}")
            assert taken is not None
            OutputFile(task.pk, taken.epoch).append(f"round {number}: out of memory\n")
        with shifted((timing.LEASE_S + 1) * (number + 1)):
            sweep()
    task.refresh_from_db()
    assert task.state == S.QUARANTINED
    request = HumanRequest.objects.get()
    assert (request.reason, request.state, request.until) == ("quarantined", RequestState.OPEN, None)
    assert request.options == ["retry", "accept", "give_up"]
    assert request.question.startswith("“The work” took its worker down 3 times")
    evidence = request.evidence
    assert (evidence["crashes"], evidence["attempts"]) == (3, 3)
    assert set(evidence["owners"]) == {"worker-0", "worker-1", "worker-2"}
    assert evidence["tail"] == "round 2: out of memory\n"
    assert {one["kind"] for one in evidence["failures"]} == {"worker_lost", "lost"}
    assert set(RecoveryAttempt.objects.values_list("state", flat=True)) == {R.RELAPSED, R.EXHAUSTED}
    assert Event.objects.filter(type="recovery.quarantined").count() == 1
    task.build.workspace.refresh_from_db()
    assert task.build.workspace.state == "degraded_mode"
    assert not set_apart(task)


def test_a_quarantine_that_nobody_was_told_of_is_found(build: Build) -> None:
    task = TaskFactory.create(build=build, state=S.QUARANTINED, crashes=3, epoch=4)
    TaskFactory.create(build=build, state=S.QUARANTINED, accepted_at=utcnow())
    assert (set_apart_all(), set_apart_all()) == (1, 0)
    assert HumanRequest.objects.get().task == task
    Task.objects.filter(pk=task.pk).update(state=S.READY)
    HumanRequest.objects.all().delete()
    assert not set_apart(task)


def test_a_step_that_breaks_does_not_keep_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    def broken() -> int:
        raise RuntimeError("away")

    monkeypatch.setattr(steps, "STEPS", (("broken", broken), *steps.STEPS))
    assert steps.look_after() == {"outcomes": 0, "quarantine": 0, "questions": 0, "workspaces": 0}
    assert "recovery.step_failed" in caplog.text


@pytest.mark.feature("F3.9")
def test_the_figures_of_a_window(workspace: Workspace, build: Build) -> None:
    now = utcnow()

    def row(seconds: float, **more: Any) -> RecoveryAttempt:
        given = {
            "task": TaskFactory.create(build=build), "was_recovered_at": now, "ended_at": now, "state": R.RECOVERED,
            "learned": True, "failed_at": now - dt.timedelta(seconds=seconds), **more,
        }  # fmt: skip
        made: RecoveryAttempt = RecoveryAttemptFactory.create(**given)
        return made

    for seconds in (1, 2, 3, 40):
        row(seconds)
    row(90, delay_s=60.0, failure_kind="quota", number=3)
    first = row(5, state=R.RELAPSED, was_recovered_at=None, learned=False)
    row(4, task=first.task, number=2)
    row(9, state=R.EXHAUSTED, was_recovered_at=None, learned=False, strategy="alternative_approach")
    row(9, state=R.EXHAUSTED, was_recovered_at=None, learned=None, strategy="give_up")
    row(9, state=R.EXHAUSTED, was_recovered_at=None, learned=None)
    row(9, state=R.APPLIED, was_recovered_at=None, learned=None, ended_at=None)
    row(7, state=R.RELAPSED, learned=False)
    HumanRequestFactory.create(task=first.task)
    HumanRequestFactory.create(task=first.task, epoch=99, state=RequestState.ANSWERED)
    old = RecoveryAttemptFactory.create()
    RecoveryAttempt.objects.filter(pk=old.pk).update(created_at=now - dt.timedelta(days=8))
    found = metrics_of(workspace.pk)
    assert (found.decided, found.open, found.tasks, found.recovered_tasks, found.lost_tasks) == (12, 1, 11, 6, 3)
    assert found.success_rate == pytest.approx(6 / 9)
    assert found.decision_success_rate == pytest.approx(6 / 9)
    assert found.immediate.count == 5
    assert (found.immediate.p50_s, found.immediate.p95_s, found.immediate.most_s) == (3.0, 40.0, 40.0)
    assert found.immediate.mean_s == pytest.approx(10.0)
    assert (found.scheduled.count, found.scheduled.p50_s, found.mean_delay_s) == (1, 90.0, 60.0)
    assert found.attempts_to_success == pytest.approx((1 * 4 + 3 + 2) / 6)
    assert found.by_kind["quota"] == Tally(decided=1, ended=1, recovered=1)
    assert found.by_strategy["alternative_approach"].success_rate == 0.0
    assert found.by_strategy["give_up"].success_rate is None
    assert found.false_positives == 1
    assert found.false_positive_rate == pytest.approx(1 / 7)
    assert (found.requests, found.answered, found.open_requests) == (2, 1, 1)
    assert found.intervention_rate == pytest.approx(1 / 11)
    assert metrics_of(None, over_s=30 * 86_400.0).decided == 13


@pytest.mark.feature("F3.9")
def test_nothing_failed(workspace: Workspace) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = metrics_of(workspace.pk)
    assert (found.decided, found.success_rate, found.immediate.p50_s, found.intervention_rate) == (0, None, None, None)
    assert len(asked) <= 9


def test_a_cancelled_build_ends_what_is_open(task: Task, script: Script) -> None:
    from projects.services import cancel_build

    script.ends["only"] = [timeout()]
    run_one()
    cancel_build(build=Build.objects.get(), user=None)
    sweep()
    row = RecoveryAttempt.objects.get()
    assert (row.state, row.outcome) == (R.EXHAUSTED, "The task was cancelled.")
    assert BuildFactory.create().workspace.state == "active"
    assert Build.objects.get(pk=task.build_id).state == BuildState.CANCELLED
    task.build.workspace.refresh_from_db()
    assert task.build.workspace.state == "active"
