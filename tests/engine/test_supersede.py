"""A task divided into parts: dependents follow the parts, and a new beginning before it makes it whole again."""

from __future__ import annotations

import pytest

from autodev.events.models import Event
from projects.engine import decisions, sweep
from projects.engine.claim import claim
from projects.engine.outcome import NewTask
from projects.engine.ready import make_ready
from projects.engine.settle import settle
from projects.guidance import guidance_of
from projects.models import Build, Task
from projects.services import replay_build
from projects.states import BuildState, Phase, TaskState
from tests.engine.graphs import done, failed, graph, needs, states


def part(key: str, *needed: str, critical: bool = True) -> NewTask:
    return NewTask(key=key, kind="noop", phase=Phase.IMPLEMENT, title=key, needs=needed, critical=critical)


@pytest.fixture
def whole(build: Build) -> Task:
    """Waits for a decision, between `before` and two tasks that need it."""
    tasks = graph(build, {"before": [], "whole": ["before"], "after": ["whole"], "both": ["whole", "before"]})
    done(tasks["before"])
    return failed(tasks["whole"])


def divide(task: Task, *parts: NewTask) -> bool:
    return decisions.supersede(task_id=task.pk, epoch=task.epoch, parts=parts, reason="Too much at once")


def test_dependents_need_the_last_parts_and_the_first_need_what_the_whole_did(whole: Task, build: Build) -> None:
    assert divide(whole, part("w.0"), part("w.1", "w.0"), part("w.2", "w.0"))
    assert needs(build, "w.0") == {"before"}
    assert needs(build, "w.1") == needs(build, "w.2") == {"w.0"}
    assert needs(build, "after") == {"w.1", "w.2"}
    assert needs(build, "both") == {"w.1", "w.2", "before"}
    assert states(build) == {
        "before": "succeeded", "whole": "superseded", "w.0": "ready", "w.1": "pending", "w.2": "pending",
        "after": "pending", "both": "pending",
    }  # fmt: skip
    made = Task.objects.filter(parent=whole)
    assert {guidance_of(one.params).depth for one in made} == {1}
    assert Event.objects.get(type="task.superseded").payload["parts"] == ["w.0", "w.1", "w.2"]


def test_nothing_runs_before_the_last_part_is_done(whole: Task, build: Build) -> None:
    divide(whole, part("w.0"), part("w.1"))
    assert make_ready(build.pk) == 0
    done(Task.objects.get(key="w.0"))
    assert states(build)["after"] == TaskState.PENDING
    assert sweep.settle_left() == 0
    done(Task.objects.get(key="w.1"))
    assert states(build)["after"] == states(build)["both"] == TaskState.READY


def test_parts_go_before_other_work(whole: Task, build: Build) -> None:
    Task.objects.create(build=build, key="x", kind="noop", phase=Phase.IMPLEMENT, title="x", state="ready", priority=-9)
    divide(whole, part("w.0"))
    taken = claim("worker-b")
    assert taken is not None
    assert taken.task.key == "w.0"


def test_a_build_fails_with_a_critical_part(whole: Task, build: Build) -> None:
    divide(whole, part("w.0"), part("w.1"))
    Task.objects.filter(key="w.0").update(state=TaskState.FAILED)
    settle(build.pk)
    build.refresh_from_db()
    assert build.state == BuildState.FAILED


def test_parts_of_a_task_the_build_can_do_without_are_such_tasks(build: Build) -> None:
    tasks = graph(build, {"extra": [], "after": ["extra"]})
    Task.objects.filter(pk=tasks["extra"].pk).update(critical=False)
    failed(tasks["extra"])
    divide(tasks["extra"], part("e.0"), part("e.1"))
    assert not Task.objects.filter(parent=tasks["extra"], critical=True).exists()
    Task.objects.filter(key="e.0").update(state=TaskState.FAILED)
    done(Task.objects.get(key="e.1"))
    assert states(build)["after"] == TaskState.READY


def test_it_happens_once(whole: Task, build: Build) -> None:
    assert divide(whole, part("w.0"))
    before = (states(build), Build.objects.get().version)
    assert not divide(whole, part("v.0"))
    assert (states(build), Build.objects.get().version) == before


def test_a_part_is_divided_once_more_and_no_further(whole: Task, build: Build) -> None:
    divide(whole, part("w.0"), part("w.1"))
    first = failed(Task.objects.get(key="w.0"))
    assert divide(first, part("w.0.0"), part("w.0.1", "w.0.0"))
    assert needs(build, "after") == {"w.0.1", "w.1"}
    assert needs(build, "w.0.0") == {"before"}
    second = failed(Task.objects.get(key="w.0.0"))
    with pytest.raises(ValueError, match="2 times"):
        divide(second, part("deeper"))
    second.refresh_from_db()
    assert second.state == TaskState.WAITING


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([], "0 parts"),
        ([part(f"w.{n}") for n in range(9)], "9 parts"),
        ([part("w.0"), part("w.0")], "key of its own"),
        ([part("w.0", "whole")], "would never run"),
        ([part("w.0", "w.1"), part("w.1", "w.0")], "would never run"),
        ([part("w.0", "w.1"), part("w.1", "w.0"), part("w.2")], "need each other"),
        ([part("w.0", "nobody")], "does not have"),
        ([part("after")], "already"),
        ([part("w" * 81)], "longer"),
    ],
)
def test_parts_that_would_never_end_are_refused_and_nothing_changes(
    whole: Task, build: Build, parts: list[NewTask], why: str
) -> None:
    before = (states(build), needs(build, "after"))
    with pytest.raises(ValueError, match=why):
        divide(whole, *parts)
    assert (states(build), needs(build, "after")) == before


def test_a_beginning_before_it_makes_it_whole_again(whole: Task, build: Build) -> None:
    divide(whole, part("w.0"), part("w.1"))
    divide(failed(Task.objects.get(key="w.0")), part("w.0.0"))
    running = Task.objects.get(key="w.1")
    Task.objects.exclude(key="w.1").filter(state=TaskState.READY).update(state=TaskState.PENDING)
    assert claim("worker-b") is not None
    Task.objects.filter(key="before").update(started_at="2026-01-01T00:00:00Z")
    replay_build(build=build, user=None, start="before")
    assert states(build) == {
        "before": "ready", "whole": "pending", "after": "pending", "both": "pending",
        "w.0": "superseded", "w.1": "superseded", "w.0.0": "superseded",
    }  # fmt: skip
    assert needs(build, "after") == {"whole"}
    assert needs(build, "both") == {"whole", "before"}
    running.refresh_from_db()
    assert (running.epoch, running.lease_owner) == (2, "")
    assert running.attempt_rows.get().outcome == "cancelled"
    done(Task.objects.get(key="before"))
    again = failed(Task.objects.get(key="whole"))
    assert divide(again, part("x.0"))
    Task.objects.filter(key="before").update(started_at="2026-01-01T00:00:00Z")
    replay_build(build=build, user=None, start="before")
    assert states(build)["x.0"] == states(build)["w.0"] == "superseded"
    assert needs(build, "after") == {"whole"}


def test_a_beginning_at_a_part_leaves_the_division(whole: Task, build: Build) -> None:
    divide(whole, part("w.0"), part("w.1", "w.0"))
    Task.objects.filter(key="w.0").update(started_at="2026-01-01T00:00:00Z")
    done(Task.objects.get(key="w.0"), Task.objects.get(key="w.1"), Task.objects.get(key="after"))
    replay_build(build=build, user=None, start="w.0")
    found = states(build)
    assert (found["whole"], found["w.0"], found["w.1"], found["after"]) == ("superseded", "ready", "pending", "pending")


def test_a_part_that_was_taken_back_stands_for_the_whole(whole: Task, build: Build) -> None:
    divide(whole, part("w.0"))
    Task.objects.filter(key__in=["before", "w.0"]).update(started_at="2026-01-01T00:00:00Z")
    replay_build(build=build, user=None, start="before")
    done(Task.objects.get(key="before"), Task.objects.get(key="whole"))
    Task.objects.filter(key="w.0").update(started_at="2026-01-01T00:00:00Z")
    replay_build(build=build, user=None, start="w.0")
    found = states(build)
    assert (found["whole"], found["w.0"], found["after"]) == ("ready", "superseded", "pending")
