"""Handlers for the engine's tests, and a build to run them on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autodev.accounts.models import User, Workspace
from autodev.lib import failpoints
from projects.engine import alerts, disk, doorbell, handlers, hooks, outage
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.lease import Lease
from projects.engine.outcome import Outcome, Succeeded
from projects.models import Build, Task
from tests.factories.accounts import UserFactory, WorkspaceFactory
from tests.factories.projects import BuildFactory, TaskFactory

Handle = Callable[[str, Callable[[TaskContext], Outcome]], None]


@pytest.fixture(autouse=True)
def _data(data_dir: Path) -> Path:
    """Each test has its own repositories and working directories."""
    return data_dir


@pytest.fixture(autouse=True)
def _no_faults() -> Iterator[None]:
    yield
    failpoints.set_faults("")
    doorbell.set_publisher(None)
    outage._seen_at = disk._seen_at = alerts._told = None


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Handle:
    """`handle(kind, fn)` names the handler of a kind for this test; `noop` is there."""
    mine: dict[str, Callable[[TaskContext], Outcome]] = {"noop": lambda ctx: Succeeded(merge=False)}
    monkeypatch.setattr(handlers, "_handlers", mine)
    return mine.__setitem__


@pytest.fixture
def no_recovery(monkeypatch: pytest.MonkeyPatch) -> list[hooks.Failure]:
    """Failures are collected and nobody decides."""
    seen: list[hooks.Failure] = []
    monkeypatch.setattr(hooks, "_hook", seen.append)
    return seen


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory.create()


@pytest.fixture
def build(workspace: Workspace) -> Build:
    return BuildFactory.create(project__workspace=workspace)


@pytest.fixture
def task(build: Build) -> Task:
    return TaskFactory.create(build=build, key="only")


@pytest.fixture
def claimed(task: Task) -> Claimed:
    """The task, held by `worker-a`."""
    taken = claim("worker-a")
    assert taken is not None
    return taken


@pytest.fixture
def lease(claimed: Claimed) -> Lease:
    from autodev.lib import clock

    return Lease(task_id=claimed.task.pk, epoch=claimed.epoch, started_at=clock.monotonic())


@pytest.fixture
def ctx(claimed: Claimed, lease: Lease) -> Iterator[TaskContext]:
    context = TaskContext(claimed, lease)
    yield context
    context.close()
