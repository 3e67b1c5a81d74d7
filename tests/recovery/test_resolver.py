"""The executor's hook: at once what qualifies, the rest for the batch, and never an exception into the executor."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError
from pytest_django import Settings

from autodev.accounts.models import Workspace
from autodev.events.models import Event
from autodev.lib import failpoints
from autodev.lib.clock import shifted, utcnow
from projects.engine import alone, decisions, hooks
from projects.engine.outcome import WorkFailed
from projects.engine.sweep import sweep
from projects.models import Build, Task
from projects.repository.errors import RepositoryError
from projects.states import PERSON, BuildState, TaskState
from recovery import resolver
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.resolver import FailedTaskResolver, handle_executor_task_failure
from recovery.states import RecoveryState, RequestState, Strategy
from tests.recovery.conftest import Script, run_one, timeout

pytestmark = pytest.mark.feature("F3.1")


def work(message: str = "3 tests failed.") -> WorkFailed:
    return WorkFailed(message, kind="work")


def test_a_timeout_is_decided_at_the_failure_itself(task: Task, script: Script, workspace: Workspace) -> None:
    script.ends["only"] = [timeout()]
    failed = run_one()
    assert failed is not None
    row = RecoveryAttempt.objects.get()
    assert (row.strategy, row.state, row.origin, row.number) == ("retry_with_delay", "applied", "immediate", 1)
    assert (row.epoch, row.failure_kind, row.task_kind) == (1, "timeout", "scripted")
    assert 0.0 < row.confidence <= 1.0
    assert row.applied_at is not None
    assert (failed.state, failed.wait_reason) == (TaskState.WAITING, row.reasons[0])
    assert failed.next_run_at is not None
    assert 25 < (failed.next_run_at - utcnow()).total_seconds() < 35
    event = Event.objects.get(type="recovery.decided")
    assert event.payload["strategy"] == "retry_with_delay"
    assert event.payload["reasons"] == row.reasons
    assert event.build_id == task.build_id
    workspace.refresh_from_db()
    assert workspace.state == "auto_recovering"


def test_what_is_not_sure_is_left_for_the_batch_and_decided_by_the_sweep_where_none_comes(
    task: Task, script: Script, settings: Settings
) -> None:
    script.ends["only"] = [work()]
    left = run_one()
    assert left is not None
    assert (left.state, left.wait_reason) == (TaskState.WAITING, "recovery")
    assert not RecoveryAttempt.objects.exists()
    with shifted(settings.RECOVERY_CHECK_INTERVAL_SECONDS + 10):
        assert sweep().decided == 0
    with shifted(settings.RECOVERY_CHECK_INTERVAL_SECONDS + 20):
        assert sweep().decided == 1
    row = RecoveryAttempt.objects.get()
    assert (row.state, row.origin) == (RecoveryState.APPLIED, "batch")


def test_the_next_failure_makes_the_former_decision_a_relapse(task: Task, script: Script) -> None:
    script.ends["only"] = [timeout(), timeout("The stream stopped.")]
    run_one()
    with shifted(60):
        sweep()
        again = run_one()
    assert again is not None
    first, second = RecoveryAttempt.objects.order_by("number")
    assert (first.state, first.outcome) == (RecoveryState.RELAPSED, "It failed again: The stream stopped.")
    assert first.learned is False
    assert (second.state, second.number, second.epoch) == (RecoveryState.APPLIED, 2, 2)
    assert second.delay_s > first.delay_s


def test_a_task_that_is_done_is_recovered(task: Task, script: Script, workspace: Workspace) -> None:
    script.ends["only"] = [timeout()]
    run_one()
    with shifted(60):
        sweep()
        assert run_one() is not None
        sweep()
    row = RecoveryAttempt.objects.get()
    assert (row.state, row.outcome, row.learned) == (RecoveryState.RECOVERED, "The task is done.", True)
    assert row.was_recovered_at == row.ended_at
    workspace.refresh_from_db()
    assert workspace.state == "active"


def test_asked_again_it_changes_nothing(task: Task, script: Script) -> None:
    script.ends["only"] = [timeout()]
    run_one()
    version = Build.objects.get().version
    for epoch in (1, 7):
        hooks.decide(hooks.Failure(task_id=task.pk, epoch=epoch))
    answer = FailedTaskResolver().handle(uuid.uuid4(), "gone")
    assert answer["success"] is False
    assert Build.objects.get().version == version
    assert RecoveryAttempt.objects.count() == 1


def test_two_resolvers_act_once(task: Task, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    from recovery import apply as applying
    from recovery.acts import Act, perform

    def overtaken(act: Act) -> bool:
        monkeypatch.setattr(applying, "perform", perform)
        FailedTaskResolver().handle(task.pk, epoch=1)
        return perform(act)

    monkeypatch.setattr(applying, "perform", overtaken)
    script.ends["only"] = [timeout()]
    run_one()
    row = RecoveryAttempt.objects.get()
    assert row.state == RecoveryState.APPLIED
    assert Event.objects.filter(type="recovery.decided").count() == 1
    assert Event.objects.filter(type="task.retry_planned").count() == 1


def test_a_plan_of_a_process_that_died_is_taken_over(task: Task, script: Script) -> None:
    script.ends["only"] = [timeout()]
    failpoints.set_faults("recovery.planned=raise@1")
    left = run_one()
    assert left is not None
    assert (left.wait_reason, RecoveryAttempt.objects.get().state) == ("recovery", RecoveryState.PLANNED)
    with shifted(20):
        assert sweep().decided == 1
    row = RecoveryAttempt.objects.get()
    assert (row.state, row.strategy) == (RecoveryState.APPLIED, Strategy.RETRY_WITH_DELAY)


def test_what_breaks_in_recovery_stays_there(
    task: Task, script: Script, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(task: Task) -> None:
        raise RuntimeError("no situation")

    monkeypatch.setattr(resolver, "situation_of", broken)
    script.ends["only"] = [timeout()]
    left = run_one()
    assert left is not None
    assert (left.state, left.wait_reason) == (TaskState.WAITING, "recovery")
    assert "recovery.resolver_failed" in caplog.text
    monkeypatch.undo()


def test_where_nothing_that_was_chosen_can_be_done_a_person_is_asked(
    task: Task, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git_is_broken(**_: object) -> bool:
        raise RepositoryError("fatal: not a git repository")

    monkeypatch.setattr(decisions, "retry", git_is_broken)
    script.ends["only"] = [timeout()]
    failed = run_one()
    assert failed is not None
    assert (failed.state, failed.wait_reason) == (TaskState.WAITING, PERSON)
    row = RecoveryAttempt.objects.get()
    assert (row.strategy, row.state) == ("ask_a_person", "applied")
    assert "not a git repository" in row.reasons[0]
    assert HumanRequest.objects.get().state == RequestState.OPEN


@pytest.mark.parametrize(("breaks", "state"), [(ZeroDivisionError, "failed"), (DatabaseError, "waiting")])
def test_a_failure_on_which_recovery_itself_breaks_ends_after_an_hour(
    task: Task, script: Script, monkeypatch: pytest.MonkeyPatch, breaks: type[Exception], state: str
) -> None:
    def broken(*_: object) -> None:
        raise breaks

    monkeypatch.setattr(resolver, "situation_of", broken)
    script.ends["only"] = [work()]
    run_one()
    for age_s, expected in ((600, "waiting"), (3700, state)):
        with shifted(age_s):
            sweep()
        task.refresh_from_db()
        assert task.state == expected
    assert ("Recovery could not decide" in task.last_error) == (state == "failed")


@pytest.mark.feature("F3.3")
@pytest.mark.parametrize("critical", [True, False])
def test_with_recovery_switched_off_a_member_is_asked(
    task: Task, script: Script, settings: Settings, critical: bool
) -> None:
    settings.ENABLE_AUTO_TASK_RECOVERY = False
    Task.objects.filter(pk=task.pk).update(critical=critical)
    script.ends["only"] = [timeout()]
    asked = run_one()
    assert asked is not None
    assert (asked.state, asked.wait_reason) == (TaskState.WAITING, "person")
    request = HumanRequest.objects.get()
    assert (request.state, request.reason) == (RequestState.OPEN, "exhausted")
    assert request.options[0] == "retry"
    assert request.options[-1] == "give_up"
    assert request.until is not None
    assert request.until > utcnow() + dt.timedelta(hours=23)
    assert RecoveryAttempt.objects.get().strategy == Strategy.ASK_A_PERSON


def test_a_build_whose_caller_waits_does_not_wait_for_a_person_whoever_asked(
    task: Task, script: Script, settings: Settings
) -> None:
    settings.ENABLE_AUTO_TASK_RECOVERY = False
    script.ends["only"] = [timeout()]
    run_one()
    sweep()
    task.refresh_from_db()
    assert task.wait_reason == PERSON
    alone.begin(task.build_id)
    try:
        sweep()
    finally:
        alone.end(task.build_id)
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert HumanRequest.objects.get().state == RequestState.EXPIRED


def test_nobody_answers_and_the_task_ends(task: Task, script: Script, settings: Settings) -> None:
    settings.ENABLE_AUTO_TASK_RECOVERY = False
    script.ends["only"] = [timeout()]
    run_one()
    hooks.decide(hooks.Failure(task_id=task.pk, epoch=1))
    assert HumanRequest.objects.get().state == RequestState.OPEN
    with shifted(86401):
        assert sweep().decided == 1
    task.refresh_from_db()
    assert task.state == TaskState.FAILED
    assert HumanRequest.objects.get().state == RequestState.EXPIRED
    row = RecoveryAttempt.objects.get()
    assert (row.state, row.outcome) == (RecoveryState.EXHAUSTED, "Nobody answered in time.")
    assert Build.objects.get().state == BuildState.FAILED


@pytest.mark.django_db(transaction=True)
async def test_the_names_of_seeds_004() -> None:
    answer = await handle_executor_task_failure(str(uuid.uuid4()), "timeout")
    assert answer["success"] is False
    assert answer["message"]
    broken = await handle_executor_task_failure("no id", "timeout")
    assert broken["success"] is False
