"""A build whose tasks fail in scripted ways, run by the real engine, with remedies that a test names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autodev.accounts.models import User, Workspace
from autodev.lib import clock, failpoints
from projects.engine import doorbell, handlers
from projects.engine.claim import claim
from projects.engine.context import TaskContext
from projects.engine.execute import execute
from projects.engine.lease import Lease
from projects.engine.outcome import NewTask, Outcome, Succeeded, WorkFailed
from projects.models import Build, Task
from projects.remedies import Approach, registry
from projects.states import BuildState, Phase
from tests.factories.accounts import UserFactory, WorkspaceFactory
from tests.factories.projects import BuildFactory, TaskFactory

KIND = "scripted"
Handle = Callable[[str, Callable[[TaskContext], Outcome]], None]


@pytest.fixture(autouse=True)
def _data(data_dir: Path) -> Path:
    """Each test has its own repositories and outputs."""
    return data_dir


@pytest.fixture(autouse=True)
def _no_faults() -> Iterator[None]:
    yield
    failpoints.set_faults("")
    doorbell.set_publisher(None)


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """`handle(kind, fn)` names the handler of a kind for this test."""
    mine: dict[str, Callable[[TaskContext], Outcome]] = {"noop": lambda ctx: Succeeded(merge=False)}
    monkeypatch.setattr(handlers, "_handlers", mine)
    return mine.__setitem__


@dataclass
class Offered:
    """Remedies as a test sets them."""

    parts_: Sequence[NewTask] = ()
    approaches_: Sequence[Approach] = ()
    fallbacks_: Sequence[int] = ()

    def parts(self, task: Task) -> Sequence[NewTask]:
        return self.parts_

    def approaches(self, task: Task) -> Sequence[Approach]:
        tried = {str(task.params.get("recovery", {}).get("approach", {}).get("name", ""))}
        return [one for one in self.approaches_ if one.name not in tried]

    def fallbacks(self, task: Task) -> Sequence[int]:
        return self.fallbacks_


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Offered:
    """What the kind `scripted` offers; nothing until a test sets it."""
    remedies = Offered()
    monkeypatch.setitem(registry._remedies, KIND, remedies)
    return remedies


@dataclass
class Script:
    """How the attempts of tasks end, one after another by key: an exception or an outcome; success after the last."""

    ends: dict[str, list[Any]] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, ctx: TaskContext) -> Outcome:
        self.seen.append({"key": ctx.task.key, **ctx.task.params})
        left = self.ends.get(ctx.task.key, [])
        end = left.pop(0) if left else Succeeded(merge=False)
        if isinstance(end, Exception):
            raise end
        outcome: Outcome = end
        return outcome


@pytest.fixture
def script(handle: Handle) -> Script:
    """The handler of the kind `scripted`."""
    made = Script()
    handle(KIND, made)
    return made


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory.create()


@pytest.fixture
def build(workspace: Workspace) -> Build:
    return BuildFactory.create(project__workspace=workspace, state=BuildState.RUNNING)


@pytest.fixture
def task(build: Build) -> Task:
    """One that is ready, of the kind `scripted`, and another that keeps the build going."""
    TaskFactory.create(build=build, key="other", kind="idle", next_run_at=clock.utcnow() + dt.timedelta(days=1))
    return TaskFactory.create(build=build, key="only", kind=KIND, title="The work", phase=Phase.IMPLEMENT)


def run_one() -> Task | None:
    """Claims the next task and runs its attempt to its end in this thread, the hook included; None where none is
    ready."""
    claimed = claim("worker-a")
    if claimed is None:
        return None
    execute(claimed, Lease(task_id=claimed.task.pk, epoch=claimed.epoch, started_at=clock.monotonic()))
    return Task.objects.get(pk=claimed.task.pk)


def timeout(message: str = "No answer within 60 s.", **more: Any) -> WorkFailed:
    return WorkFailed(message, kind="timeout", **more)
