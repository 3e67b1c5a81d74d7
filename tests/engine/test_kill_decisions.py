"""A process that dies while it decides leaves the decision whole or not there at all, and the build goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from projects.engine import decisions, hooks
from projects.engine.context import TaskContext
from projects.engine.outcome import NewTask, Outcome, Succeeded, WorkFailed
from projects.models import Attempt, Build, Dependency, Task
from projects.services.start import start_build
from projects.states import Phase, TaskState
from tests.engine.conftest import Handle
from tests.engine.processes import Worker, until
from tests.factories.accounts import UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, AFTER = "before the commit", "after it"
BOUNDARIES = (BEFORE, AFTER)
Along = Callable[[], None]
Decide = Callable[[hooks.Failure, Along | None], None]
UNDECIDED_LATER_S = 20.0


@pytest.fixture
def workers(transactional_db: None) -> Iterator[list[Worker]]:
    started: list[Worker] = []
    yield started
    for one in started:
        one.kill()


def understand(ctx: TaskContext) -> Outcome:
    tasks = [
        NewTask(key="whole", kind="whole", phase=Phase.IMPLEMENT, title="Whole", needs=["understand"]),
        NewTask(key="deliver", kind="deliver", phase=Phase.DELIVER, title="Deliver", needs=["whole"]),
    ]
    return Succeeded(add_tasks=tasks, merge=False)


def too_much(ctx: TaskContext) -> Outcome:
    raise WorkFailed("too much at once", kind="work")


def deliver(ctx: TaskContext) -> Outcome:
    done = Task.objects.filter(build_id=ctx.task.build_id, kind="noop", state=TaskState.SUCCEEDED).count()
    return Succeeded(result={"parts": done}, build_updates={"verdict": "succeeded"}, merge=False)


def divide(failure: hooks.Failure, along: Along | None = None) -> None:
    parts = [NewTask(key=f"p{n}", kind="noop", phase=Phase.IMPLEMENT, title="Part") for n in range(2)]
    decisions.supersede(task_id=failure.task_id, epoch=failure.epoch, parts=parts, reason="too much", along=along)


def from_the_start(failure: hooks.Failure, along: Along | None = None) -> None:
    if Attempt.objects.filter(task__key="understand").count() < 2:
        told = {"whole": {"easy": True}}
        decisions.restart(
            task_id=failure.task_id, epoch=failure.epoch, start="understand", params=told, reason="again", along=along
        )  # fmt: skip


def dies_first(decide: Decide, boundary: str) -> Callable[[hooks.Failure], None]:
    """Decides; the first process dies in that very transaction, or right after it."""

    def hook(failure: hooks.Failure) -> None:
        died = Path(settings.AUTODEV_DATA, "died")
        if died.exists():
            decide(failure, None)
            return
        died.touch()
        decide(failure, die if boundary == BEFORE else None)
        die()

    return hook


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_division_is_whole_or_not_there(
    handle: Handle, workers: list[Worker], monkeypatch: pytest.MonkeyPatch, boundary: str
) -> None:
    build = _start(handle, monkeypatch, dies_first(divide, boundary))
    workers.append(Worker())
    assert workers[0].wait() == -signal.SIGKILL
    whole = Task.objects.get(key="whole")
    if boundary == BEFORE:
        assert (whole.state, Task.objects.filter(parent=whole).count()) == (TaskState.WAITING, 0)
    else:
        assert (whole.state, Task.objects.filter(parent=whole).count()) == (TaskState.SUPERSEDED, 2)
    assert Dependency.objects.filter(needs=whole).exists() == (boundary == BEFORE)
    _finish(build, workers)
    assert Task.objects.get(key="deliver").result == {"parts": 2, "verdict": "succeeded"}
    assert Attempt.objects.filter(task__key__startswith="p").count() == 2


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_a_new_beginning_is_whole_or_not_there(
    handle: Handle, workers: list[Worker], monkeypatch: pytest.MonkeyPatch, boundary: str
) -> None:
    build = _start(handle, monkeypatch, dies_first(from_the_start, boundary))
    handle("whole", lambda ctx: Succeeded(merge=False) if ctx.task.params.get("easy") else too_much(ctx))
    workers.append(Worker())
    assert workers[0].wait() == -signal.SIGKILL
    states = dict(Task.objects.values_list("key", "state"))
    if boundary == BEFORE:
        assert (states["understand"], states["whole"]) == ("succeeded", "waiting")
    else:
        assert (states["understand"], states["whole"]) == ("ready", "pending")
    _finish(build, workers)
    assert Attempt.objects.filter(task__key="understand").count() == 2


def _start(handle: Handle, monkeypatch: pytest.MonkeyPatch, hook: Callable[[hooks.Failure], None]) -> Build:
    handle("understand", understand)
    handle("whole", too_much)
    handle("deliver", deliver)
    monkeypatch.setattr(hooks, "_hook", hook)
    monkeypatch.setattr("projects.engine.sweep._steps", [])
    return start_build(workspace=WorkspaceFactory.create(), user=UserFactory.create(), idea="Two parts.")


def _finish(build: Build, workers: list[Worker]) -> None:
    workers.append(Worker(shift_s=UNDECIDED_LATER_S))
    until(lambda: Build.objects.get(pk=build.pk).is_final, "the build did not go on")
    assert workers[-1].end() == 0
    build.refresh_from_db()
    assert (build.state, build.errors) == ("succeeded", [])
