"""What members do about tasks that failed for good: replay, edit and replay, accept, go on at once."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.accounts.models import User
from autodev.contracts.ports import Fenced
from autodev.events.models import Event
from autodev.lib.clock import utcnow
from projects.engine import decisions, finish
from projects.engine.claim import claim
from projects.engine.outcome import Succeeded, Waits
from projects.engine.settle import settle
from projects.models import Build, Dependency, Step, Task
from projects.repository.repository import repository_of
from projects.services import cancel_build
from projects.services.dead_letters import accept_degraded, replay_dead, retry_now
from projects.services.errors import WrongState
from projects.states import PERSON, BuildState, TaskState
from tests.engine.graphs import commit_of, done, failed, graph, states
from tests.factories.projects import TaskFactory


@pytest.fixture
def poison(build: Build) -> Task:
    """Set apart, in a build that can do without it."""
    Build.objects.update(state=BuildState.RUNNING)
    TaskFactory.create(build=build, key="beside", state=TaskState.WAITING, wait_reason="x", next_run_at=utcnow())
    return TaskFactory.create(
        build=build, key="poison", state=TaskState.QUARANTINED, critical=False, epoch=6, crashes=3, attempts=1,
        finished_at=utcnow(), error_kind="worker_lost", last_error="Its worker died 3 times", params={"size": 9},
    )  # fmt: skip


def test_one_that_was_set_apart_goes_on_from_its_last_step(poison: Task, user: User) -> None:
    Step.objects.create(task=poison, key="paid", output=1, epoch=6)
    assert replay_dead(task=poison, user=user, params={"size": 1}, reason="Smaller").state == BuildState.RUNNING
    event = Event.objects.get(type="task.replayed")
    assert (event.actor, event.payload["reason"], event.payload["edited"]) == (user, "Smaller", True)
    taken = claim("w")
    assert taken is not None
    assert (taken.task.key, taken.task.params, taken.epoch) == ("poison", {"size": 1}, 7)
    poison.refresh_from_db()
    assert (poison.crashes, poison.attempts, poison.last_error, poison.finished_at) == (0, 0, "", None)
    assert not Step.objects.get().undone


def test_what_went_on_without_it_begins_again_with_it(poison: Task, user: User) -> None:
    deliver = TaskFactory.create(build=poison.build, key="deliver", state=TaskState.READY)
    deliver.needs.create(needs=poison)
    claimed = claim("w")
    assert claimed is not None
    assert claimed.task.key == "deliver"
    replay_dead(task=poison, user=user)
    assert states(poison.build) == {"beside": "waiting", "deliver": "pending", "poison": "ready"}
    with pytest.raises(Fenced):
        finish.succeed(claimed, Succeeded(build_updates={"verdict": "succeeded"}, merge=False))


def test_it_is_replayed_once(poison: Task, user: User) -> None:
    replay_dead(task=poison, user=user)
    with pytest.raises(WrongState, match="ready"):
        replay_dead(task=poison, user=user)


@pytest.mark.parametrize("how", [TaskState.FAILED, TaskState.QUARANTINED])
def test_an_ended_build_begins_again_where_it_failed(build: Build, user: User, how: TaskState) -> None:
    tasks = graph(build, {"plan": [], "make": ["plan"], "other": ["plan"], "deliver": ["make", "other"]})
    done(tasks["plan"])
    failed(tasks["make"])
    Build.objects.update(deadline_at=utcnow() - dt.timedelta(hours=1))
    Task.objects.filter(key="make").update(state=how, last_error="broke", crashes=3)
    settle(build.pk)
    assert states(build)["other"] == TaskState.CANCELLED
    again = replay_dead(task=tasks["make"], user=user, params={"edited": True})
    assert (again.state, again.errors, again.deadline_at) == (BuildState.RUNNING, [], None)
    assert states(build) == {"plan": "succeeded", "make": "ready", "other": "ready", "deliver": "pending"}
    make = Task.objects.get(key="make")
    assert (make.attempts, make.crashes, make.params) == (0, 0, {"edited": True})
    taken = claim("w")
    assert taken is not None
    assert taken.task.key == "make"


def test_what_other_tasks_merged_beside_it_stays(build: Build, user: User) -> None:
    repository = repository_of(build.project_id)
    root = repository.init()
    head = commit_of(repository, {"a.txt": "1"}, parent=root)
    half = commit_of(repository, {"b.txt": "1"}, parent=root)
    tasks = graph(build, {"good": [], "bad": []})
    done(tasks["good"], head=head)
    Task.objects.filter(key="good").update(base=root, started_at=utcnow())
    Task.objects.filter(key="bad").update(base=root, head=half, state=TaskState.FAILED, started_at=utcnow())
    Build.objects.update(head=head)
    settle(build.pk)
    assert replay_dead(task=tasks["bad"], user=user).head == head
    assert states(build) == {"good": "succeeded", "bad": "ready"}


def test_the_others_by_which_the_build_failed_run_too(build: Build, user: User) -> None:
    tasks = graph(build, {"one": [], "two": [], "optional": []})
    Task.objects.update(state=TaskState.FAILED)
    Task.objects.filter(key="optional").update(critical=False)
    settle(build.pk)
    replay_dead(task=tasks["one"], user=user)
    assert states(build) == {"one": "ready", "two": "ready", "optional": "failed"}


def test_a_degraded_task_of_an_ended_build_is_made_again(build: Build, user: User) -> None:
    tasks = graph(build, {"fallback": [], "stays": [], "deliver": ["fallback", "stays"]})
    Task.objects.filter(key="fallback").update(
        state=TaskState.DEGRADED, result={"degraded": ["80 % of it"]}, accepted_at=utcnow()
    )
    Task.objects.filter(key="stays").update(state=TaskState.DEGRADED, result={"degraded": ["no research"]})
    done(tasks["deliver"])
    Build.objects.update(state=BuildState.DEGRADED, degraded=["80 % of it", "no research"])
    again = replay_dead(task=tasks["fallback"], user=user)
    assert (again.state, again.degraded) == (BuildState.RUNNING, ["no research"])
    assert states(build) == {"fallback": "ready", "stays": "degraded", "deliver": "pending"}
    assert Task.objects.get(key="fallback").accepted_at is None


def test_a_failed_task_of_a_live_build_runs_again_with_what_depends_on_it(build: Build, user: User) -> None:
    tasks = graph(build, {"optional": [], "after": ["optional"]})
    Task.objects.filter(key="optional").update(state=TaskState.FAILED, critical=False)
    done(tasks["after"])
    TaskFactory.create(build=build, key="live")
    Build.objects.update(state=BuildState.PAUSED)
    assert replay_dead(task=tasks["optional"], user=user).state == BuildState.PAUSED
    assert states(build) == {"optional": "ready", "after": "pending", "live": "ready"}


def test_a_cancelled_build_stays_cancelled(build: Build, user: User) -> None:
    task = TaskFactory.create(build=build, key="t", state=TaskState.FAILED, critical=False)
    cancel_build(build=build, user=user)
    with pytest.raises(WrongState, match="cancelled build cannot be run again"):
        replay_dead(task=task, user=user)


@pytest.mark.parametrize("state", [TaskState.SUCCEEDED, TaskState.READY, TaskState.SUPERSEDED, TaskState.CANCELLED])
def test_only_what_failed_is_a_dead_letter(build: Build, user: User, state: TaskState) -> None:
    task = TaskFactory.create(build=build, state=state)
    with pytest.raises(WrongState):
        replay_dead(task=task, user=user)
    with pytest.raises(WrongState):
        accept_degraded(task=task, user=user)


def test_a_member_accepts_a_degraded_task_once(build: Build, user: User) -> None:
    task = TaskFactory.create(build=build, state=TaskState.DEGRADED)
    first = accept_degraded(task=task, user=user)
    assert (first.accepted_by, first.accepted_at is not None, first.state) == (user, True, TaskState.DEGRADED)
    assert accept_degraded(task=task, user=None).accepted_by == user
    assert Event.objects.filter(type="task.accepted", actor=user).count() == 1


@pytest.mark.parametrize("reason", ["recovery", PERSON, "provider:x"])
def test_a_task_that_waits_goes_on_at_once(build: Build, user: User, reason: str) -> None:
    task = TaskFactory.create(build=build, key="t")
    taken = claim("w")
    assert taken is not None
    finish.wait(taken, Waits(reason="provider:x"))
    Task.objects.update(wait_reason=reason, attempts=4)
    now = retry_now(task=task, user=user, params={"a": 1})
    assert (now.state, now.wait_reason, now.next_run_at, now.attempts) == (TaskState.READY, "", None, 0)
    assert now.params == {"a": 1}
    event = Event.objects.get(type="task.retried")
    assert (event.actor, event.payload["after"]) == (user, reason)
    assert not decisions.give_up(task_id=task.pk, epoch=1, reason="late")
    with pytest.raises(WrongState, match="does not wait"):
        retry_now(task=task, user=user)


def test_dependents_of_the_replayed_are_those_of_now(build: Build, user: User) -> None:
    tasks = graph(build, {"bad": [], "after": []})
    Dependency.objects.create(task=tasks["after"], needs=tasks["bad"])
    Task.objects.filter(key="bad").update(state=TaskState.FAILED)
    settle(build.pk)
    replay_dead(task=tasks["bad"], user=user)
    assert states(build) == {"bad": "ready", "after": "pending"}
