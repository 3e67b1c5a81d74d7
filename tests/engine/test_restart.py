"""Beginning again where another way parts, and on ground that is verified."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

from autodev.events.models import Event
from autodev.lib.clock import shifted, utcnow
from projects.engine import decisions
from projects.engine.claim import claim
from projects.models import Build, Task
from projects.repository.repository import Repository, repository_of
from projects.states import BuildState, Phase, TaskState
from tests.engine.graphs import commit_of, done, failed, graph, states

DAY = dt.timedelta(days=1)


@pytest.fixture
def repository(build: Build) -> Repository:
    made = repository_of(build.project_id)
    made.init()
    return made


def test_the_start_and_all_after_it_begin_again_with_what_they_are_told(build: Build) -> None:
    tasks = graph(build, {"research": [], "plan": ["research"], "make": ["plan"], "beside": []})
    done(tasks["research"], tasks["plan"], tasks["beside"])
    waiting = failed(tasks["make"])
    ran: list[str] = []
    assert decisions.restart(
        task_id=waiting.pk, epoch=1, start="research", reason="Another blueprint",
        params={"research": {"avoid": "django"}, "make": {"recovery": {"forbidden": ["django"]}}},
        along=lambda: ran.append("row"),
    )  # fmt: skip
    assert ran == ["row"]
    assert states(build) == {"research": "ready", "plan": "pending", "make": "pending", "beside": "succeeded"}
    make, research = Task.objects.get(key="make"), Task.objects.get(key="research")
    assert (make.attempts, make.epoch, make.params) == (1, 2, {"recovery": {"forbidden": ["django"]}})
    assert (research.params, research.result) == ({"avoid": "django"}, {})
    event = Event.objects.get(type="task.restarted")
    assert (event.payload["start"], event.payload["key"]) == ("research", "make")
    taken = claim("worker-b")
    assert taken is not None
    assert taken.task.key == "research"


def test_a_paused_build_stays_paused_and_keeps_its_deadline(build: Build) -> None:
    tasks = graph(build, {"plan": [], "make": ["plan"]})
    done(tasks["plan"])
    waiting = failed(tasks["make"])
    deadline = utcnow() + DAY
    Build.objects.update(state=BuildState.PAUSED, deadline_at=deadline)
    with shifted(2 * DAY.total_seconds()):
        assert decisions.restart(task_id=waiting.pk, epoch=1, start="plan", params={}, reason="r")
    build.refresh_from_db()
    assert (build.state, build.deadline_at) == (BuildState.PAUSED, deadline)


@pytest.mark.parametrize(("start", "params"), [("nobody", {}), ("make", {"nobody": {}})])
def test_tasks_that_are_not_there_are_named(build: Build, start: str, params: dict[str, dict[str, str]]) -> None:
    waiting = failed(graph(build, {"make": []})["make"])
    with pytest.raises(ValueError, match="nobody"):
        decisions.restart(task_id=waiting.pk, epoch=1, start=start, params=params, reason="r")


def test_a_running_task_that_begins_again_is_fenced(build: Build) -> None:
    tasks = graph(build, {"plan": [], "make": ["plan"], "other": ["plan"]})
    done(tasks["plan"])
    waiting = failed(tasks["make"])
    taken = claim("worker-b")
    assert taken is not None
    assert taken.task.key == "other"
    assert decisions.restart(task_id=waiting.pk, epoch=1, start="plan", params={}, reason="r")
    other = Task.objects.get(key="other")
    assert (other.state, other.epoch, other.lease_owner) == (TaskState.PENDING, 2, "")


def test_the_head_moves_back_before_what_begins_again(build: Build, repository: Repository) -> None:
    root = repository.root()
    one = commit_of(repository, {"a.txt": "1"}, parent=root)
    two = commit_of(repository, {"a.txt": "1", "b.txt": "2"}, parent=one)
    tasks = graph(build, {"first": [], "second": ["first"], "third": ["second"]})
    done(tasks["first"], head=one)
    done(tasks["second"], head=two)
    Task.objects.filter(key="first").update(base=root, started_at=utcnow() - DAY)
    Task.objects.filter(key="second").update(base=one, started_at=utcnow())
    Build.objects.update(head=two, last_green=two)
    waiting = failed(tasks["third"])
    assert decisions.restart(task_id=waiting.pk, epoch=1, start="second", params={}, reason="r")
    build.refresh_from_db()
    assert (build.head, build.last_green) == (one, "")
    assert states(build) == {"first": "succeeded", "second": "ready", "third": "pending"}


def test_a_fresh_retry_makes_a_need_again_whose_commit_is_gone(build: Build, repository: Repository) -> None:
    one = commit_of(repository, {"a.txt": "1"}, parent=repository.root())
    tasks = graph(build, {"first": [], "second": ["first"], "third": ["second"]})
    done(tasks["first"], head=one)
    done(tasks["second"], head="d" * 40)
    Task.objects.filter(key="second").update(base=one, started_at=utcnow())
    Build.objects.update(head=one)
    waiting = failed(tasks["third"])
    until = utcnow() + DAY
    assert decisions.retry(
        task_id=waiting.pk, epoch=1, reason="Context", fresh=True, until=until, params={"n": 1}, front=True
    )
    assert states(build) == {"first": "succeeded", "second": "ready", "third": "pending"}
    third = Task.objects.get(key="third")
    assert (third.attempts, third.params, third.next_run_at) == (1, {"n": 1}, until)
    assert Event.objects.get(type="task.retry_planned").payload["needs_again"] == ["second"]
    done(Task.objects.get(key="second"))
    assert claim("worker-b") is None
    with shifted(2 * DAY.total_seconds()):
        assert claim("worker-b") is not None


def test_where_the_head_is_gone_everything_is_made_anew(build: Build, repository: Repository) -> None:
    one = commit_of(repository, {"a.txt": "1"}, parent=repository.root())
    tasks = graph(build, {"understand": [], "first": ["understand"], "second": ["first"]}, phase=Phase.IMPLEMENT)
    done(tasks["understand"])
    done(tasks["first"], head=one)
    Task.objects.filter(key="first").update(base=repository.root(), started_at=utcnow())
    Build.objects.update(head=one, last_green=one)
    waiting = failed(tasks["second"])
    shutil.rmtree(repository.git_dir)
    assert decisions.retry(task_id=waiting.pk, epoch=1, reason="Context", fresh=True)
    build.refresh_from_db()
    assert (build.head, build.last_green) == ("", "")
    assert states(build) == {"understand": "succeeded", "first": "ready", "second": "pending"}


def test_where_the_commit_to_begin_at_is_gone_everything_is_made_anew(build: Build, repository: Repository) -> None:
    head = commit_of(repository, {"a.txt": "1"}, parent=repository.root())
    tasks = graph(build, {"first": [], "second": ["first"], "third": ["second"]})
    done(tasks["first"], head=head)
    done(tasks["second"], head=head)
    Task.objects.filter(key="first").update(base=repository.root(), started_at=utcnow() - DAY)
    Task.objects.filter(key="second").update(base="d" * 40, started_at=utcnow())
    Build.objects.update(head=head)
    waiting = failed(tasks["third"])
    assert decisions.restart(task_id=waiting.pk, epoch=1, start="second", params={}, reason="r")
    build.refresh_from_db()
    assert build.head == ""
    assert states(build) == {"first": "ready", "second": "pending", "third": "pending"}


@pytest.mark.parametrize(("start", "old"), [("plan", "pending"), ("make", "superseded")])
def test_what_an_earlier_plan_had_comes_back_only_where_planning_runs_again(build: Build, start: str, old: str) -> None:
    tasks = graph(build, {"plan": [], "make": ["plan"], "old": ["make"], "deliver": ["make"]})
    Task.objects.filter(key="plan").update(phase=Phase.PLAN)
    Task.objects.filter(key="old").update(state=TaskState.SUPERSEDED)
    done(tasks["plan"], tasks["make"])
    waiting = failed(tasks["deliver"])
    assert decisions.restart(task_id=waiting.pk, epoch=1, start=start, params={}, reason="r")
    assert states(build)["old"] == old
