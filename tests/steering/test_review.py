"""Reviewing the Spec before it is built: a bounded wait that an approval ends at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import time_machine

from autodev.accounts.models import User, Workspace
from autodev.contracts.ports import Fenced
from autodev.events.models import Event
from autodev.lib import clock
from autodev.lib.clock import utcnow
from projects import review
from projects.engine import finish, sweep
from projects.engine.outcome import Waits
from projects.models import Build, SpecRevision, Task
from projects.selectors.spec import awaits_approval
from projects.services import approve_spec, cancel_build, edit_spec, replay_build
from projects.services.errors import SpecChanged, WrongState
from projects.states import BuildState, TaskState
from tests.steering.conftest import Run
from tests.steering.test_spec_edit import with_pages

pytestmark = pytest.mark.feature("F1.3")


@pytest.fixture
def asked(run: Run, workspace: Workspace, user: User, data_dir: Path) -> Run:
    """A build that was asked to wait, and waits."""
    other = Run(workspace, user, blueprint="fastapi-service", review_spec=True)
    other.steps("understand")
    task = other.step(review.KEY)
    assert (task.state, task.wait_reason, task.attempts) == (TaskState.WAITING, review.REASON, 0)
    return other


def waiting(run: Run) -> Task:
    return Task.objects.get(build=run.build, key=review.KEY)


def test_it_waits_bounded_and_goes_on_when_approved(asked: Run) -> None:
    until = waiting(asked).next_run_at
    assert until is not None
    assert until - utcnow() == pytest.approx(dt.timedelta(days=review.WITHIN_DAYS), abs=dt.timedelta(minutes=1))
    assert asked.build.current_task == review.REASON
    assert awaits_approval(asked.build)
    assert sweep.sweep().woken == 0  # nobody looks at it again and again
    assert asked.states()["research"] == "pending"
    approve_spec(build=asked.build, actor=asked.user, expected_version=1)
    assert not awaits_approval(Build.objects.get(pk=asked.build.pk))
    assert asked.step(review.KEY).result == {"version": 1, "approved_by": "Ada"}
    asked.steps("research")
    assert [e.actor for e in Event.objects.filter(type="spec.approved")] == [asked.user]


def test_approving_again_changes_nothing_and_only_what_was_looked_at_is_approved(asked: Run) -> None:
    edit_spec(build=asked.build, actor=asked.user, spec=with_pages(asked), expected_version=1)
    assert waiting(asked).state == TaskState.WAITING  # an edit approves nothing
    with pytest.raises(SpecChanged):
        approve_spec(build=asked.build, actor=asked.user, expected_version=1)
    approve_spec(build=asked.build, actor=asked.user, expected_version=2)
    version = Build.objects.get(pk=asked.build.pk).version
    approve_spec(build=asked.build, actor=asked.user, expected_version=2)
    assert Build.objects.get(pk=asked.build.pk).version == version
    assert SpecRevision.objects.get(number=2).approved_by == asked.user


def test_an_approval_while_the_task_looks_is_not_lost(asked: Run) -> None:
    replay_build(build=asked.build, user=asked.user, start=review.KEY)
    looking = asked.claim()  # it has seen no approval, and is about to wait
    approve_spec(build=asked.build, actor=asked.user)
    with pytest.raises(Fenced):
        finish.wait(looking, Waits(reason=review.REASON))
    asked.steps(review.KEY, "research")


def test_when_nobody_comes_the_build_ends_and_says_so(asked: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    days = review.WITHIN_DAYS + 0.01
    monkeypatch.setattr(clock, "_shift_s", days * 86400)
    with time_machine.travel(utcnow() + dt.timedelta(days=days), tick=True):
        assert sweep.wake() == 1
        task = asked.step(review.KEY)
    assert (task.state, task.error_kind) == (TaskState.FAILED, "review_expired")
    assert asked.build.state == BuildState.FAILED
    assert review.EXPIRED in asked.build.errors[0]


def test_the_deadline_holds_while_it_waits(asked: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Build.objects.filter(pk=asked.build.pk).update(deadline_at=utcnow() + dt.timedelta(minutes=5))
    monkeypatch.setattr(clock, "_shift_s", 600)
    assert sweep.end_overdue() == 1
    assert waiting(asked).state == TaskState.CANCELLED


def test_a_build_that_does_not_wait_cannot_be_approved(run: Run, asked: Run) -> None:
    run.steps("understand")
    assert not awaits_approval(run.build)
    with pytest.raises(WrongState):
        approve_spec(build=run.build, actor=run.user)
    cancel_build(build=asked.build, user=asked.user)
    with pytest.raises(WrongState):
        approve_spec(build=asked.build, actor=asked.user)
