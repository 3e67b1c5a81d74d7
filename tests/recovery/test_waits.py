"""Waits are not lost: they end by themselves, also after a restart, and earlier where a provider is back."""

from __future__ import annotations

import datetime as dt
import signal

import pytest
from pytest_django import Settings

from autodev.accounts.models import Workspace
from autodev.lib.clock import shifted, utcnow
from projects.engine.outcome import WorkFailed
from projects.engine.sweep import sweep
from projects.models import Task
from projects.states import BuildState, TaskState
from providers.models import Breaker
from recovery.batch import recover_all
from recovery.healing import wake_healed
from recovery.models import RecoveryAttempt
from recovery.states import RecoveryState
from tests.engine.processes import Worker, until
from tests.factories.projects import BuildFactory, TaskFactory
from tests.factories.providers import lively
from tests.recovery.conftest import KIND, Script, run_one

pytestmark = pytest.mark.feature("F3.10")


def away(provider: str = "claude", **more: object) -> WorkFailed:
    return WorkFailed("The limit is used up.", kind="quota", outside=True, provider=provider, **more)  # type: ignore[arg-type] # as the test names it


def test_a_quota_goes_on_at_its_reset_and_spends_no_attempt(task: Task, script: Script) -> None:
    reset = utcnow() + dt.timedelta(hours=3)
    script.ends["only"] = [away(retry_at=reset)]
    left = run_one()
    assert left is not None
    assert left.next_run_at is not None
    assert 0 < (left.next_run_at - reset).total_seconds() <= 31
    assert (left.attempts, left.waits) == (0, 1)
    with shifted(2 * 3600):
        assert sweep().woken == 0
    with shifted(3 * 3600 + 40):
        sweep()
        done = run_one()
    assert done is not None
    assert done.state == TaskState.SUCCEEDED


@pytest.fixture
def storm(workspace: Workspace, script: Script) -> list[Task]:
    """Many tasks that wait for providers of one workspace, the same reason or another."""
    build = BuildFactory.create(project__workspace=workspace, state=BuildState.RUNNING)
    tasks = [TaskFactory.create(build=build, key=f"t{number}", kind=KIND) for number in range(7)]
    for number, task in enumerate(tasks):
        script.ends[task.key] = [away("claude" if number % 2 else "gpt")]
        run_one()
    return tasks


def test_a_provider_that_is_back_wakes_what_waits_a_few_at_a_time(storm: list[Task], workspace: Workspace) -> None:
    providers = lively(workspace)
    elsewhere = TaskFactory.create(
        state=TaskState.WAITING,
        wait_reason="Waits for a provider (claude): …",
        next_run_at=utcnow() + dt.timedelta(days=1),
    )
    assert wake_healed() == 0
    Breaker.objects.filter(provider=providers["claude"]).update(state="closed", closed_at=utcnow())
    swept = recover_all()
    assert swept.woken == 5
    states = list(Task.objects.filter(pk__in=[one.pk for one in storm]).values_list("state", flat=True))
    assert (states.count("ready"), states.count("waiting")) == (5, 2)
    behind = Task.objects.filter(pk__in=[one.pk for one in storm], state=TaskState.WAITING)
    assert all(one.next_run_at < utcnow() + dt.timedelta(seconds=15) for one in behind if one.next_run_at)
    elsewhere.refresh_from_db()
    assert elsewhere.state == TaskState.WAITING


def test_who_began_to_wait_after_it_was_back_is_not_woken(storm: list[Task], workspace: Workspace) -> None:
    providers = lively(workspace)
    Breaker.objects.filter(provider=providers["claude"]).update(
        state="closed", closed_at=utcnow() - dt.timedelta(seconds=30)
    )
    assert wake_healed() == 0


def test_a_breaker_that_closed_long_ago_is_no_news(storm: list[Task], workspace: Workspace) -> None:
    providers = lively(workspace)
    Breaker.objects.filter(provider=providers["claude"]).update(state="closed", closed_at=utcnow())
    with shifted(600):
        assert wake_healed() == 0


@pytest.mark.slow
@pytest.mark.feature("F3.6")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["recovery.planned", "recovery.applied"])
def test_a_worker_that_is_killed_while_it_decides_loses_nothing(
    task: Task, script: Script, settings: Settings, where: str
) -> None:
    settings.RECOVERY_DELAY_SECONDS = 1
    Task.objects.filter(key="other").update(state=TaskState.SUCCEEDED)
    script.ends["only"] = [WorkFailed("No answer.", kind="timeout")]
    first = Worker(faults=f"{where}=kill9@1")
    try:
        assert first.wait() == -signal.SIGKILL
        row = RecoveryAttempt.objects.get()
        assert row.state == (RecoveryState.PLANNED if where == "recovery.planned" else RecoveryState.APPLIED)
        script.ends["only"] = []
        second = Worker(shift_s=20.0)
        try:
            until(lambda: Task.objects.get(pk=task.pk).state == TaskState.SUCCEEDED, "the task was lost")
            until(lambda: RecoveryAttempt.objects.get().state == RecoveryState.RECOVERED, "no outcome")
        finally:
            second.end()
    finally:
        first.kill()
    assert RecoveryAttempt.objects.count() == 1
