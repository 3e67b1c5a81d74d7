"""Work that another task merges while it is found out where a build begins again: it is not lost."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from autodev.accounts.models import User
from autodev.lib.clock import utcnow
from projects.engine import decisions, restart
from projects.models import Build, Step, Task
from projects.repository.repository import repository_of
from projects.services import dead_letters, replay, rollback
from projects.states import BuildState, TaskState
from tests.engine.graphs import commit_of, done, failed, graph, states

Do = Callable[[Task, User], object]


def _restart(second: Task, user: User) -> object:
    waiting = failed(second)
    return decisions.restart(task_id=waiting.pk, epoch=1, start="second", params={}, reason="r")


def _replay_dead(second: Task, user: User) -> object:
    Task.objects.filter(pk=second.pk).update(state=TaskState.FAILED, critical=False)
    return dead_letters.replay_dead(task=second, user=user)


def _replay(second: Task, user: User) -> object:
    Task.objects.filter(pk=second.pk).update(started_at=utcnow())
    return replay.replay_build(build=second.build, user=user, start="second")


def _rollback(second: Task, user: User) -> object:
    return rollback.rollback_build(build=second.build, user=user, to_step=Step.objects.get(key="snapshot"))


@pytest.mark.parametrize(
    ("do", "place", "look", "beside"),
    [
        (_restart, restart, "beginning", "succeeded"),
        (_replay_dead, dead_letters, "beginning", "succeeded"),
        (_replay, replay, "green_in", "succeeded"),
        (_rollback, rollback, "green_in", "ready"),
    ],
)
def test_done_work_is_in_the_head_or_runs_again(
    build: Build, user: User, monkeypatch: pytest.MonkeyPatch, do: Do, place: ModuleType, look: str, beside: str
) -> None:
    repository = repository_of(build.project_id)
    repository.init()
    one = commit_of(repository, {"a.txt": "1"}, parent=repository.root())
    two = commit_of(repository, {"a.txt": "1", "b.txt": "2"}, parent=one)
    tasks = graph(build, {"first": [], "beside": [], "second": ["first"]})
    done(tasks["first"], head=one)
    Task.objects.filter(key="first").update(base=repository.root(), started_at=utcnow())
    Step.objects.create(task=tasks["first"], key="snapshot", kind="snapshot", commit=one, epoch=1, output={})
    Build.objects.update(head=one, state=BuildState.RUNNING)
    found = getattr(place, look)

    def meanwhile(*args: Any) -> Any:
        answer = found(*args)
        if Build.objects.get().head == one:
            done(tasks["beside"], head=two)
            Task.objects.filter(key="beside").update(base=one, started_at=utcnow())
            Build.objects.update(head=two)
        return answer

    monkeypatch.setattr(place, look, meanwhile)
    assert do(Task.objects.select_related("build").get(key="second"), user)
    build.refresh_from_db()
    assert build.head == (two if beside == "succeeded" else one)
    assert states(build) == {"first": states(build)["first"], "beside": beside, "second": states(build)["second"]}
