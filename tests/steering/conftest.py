"""A build that the real phases make, a task at a time, without the package registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autodev.accounts.models import User, Workspace
from autodev.lib import clock, failpoints
from autodev.sandbox import registries
from autodev.spec.editing.text import to_text
from autodev.spec.schema import Spec
from projects.checks.python.parse import RUNG as PARSE
from projects.engine.claim import Claimed, claim
from projects.engine.execute import execute
from projects.engine.lease import Lease
from projects.models import Build, Task
from projects.pipeline import plan, proof
from projects.services import start_build
from tests.factories.accounts import UserFactory, WorkspaceFactory
from tests.research.conftest import index, no_index

__all__ = ["index", "no_index"]
LIBRARY = (
    "A REST API for a library. Books have a title, an author, an ISBN and a number of copies. "
    "No two books have the same ISBN."
)


class Run:
    """A build of the idea. `step` runs the next ready task in this thread and gives its row."""

    def __init__(self, workspace: Workspace, user: User, idea: str = LIBRARY, **options: Any) -> None:
        self.user = user
        self.build: Build = start_build(workspace=workspace, user=user, idea=idea, options=options)

    def claim(self) -> Claimed:
        taken = claim("worker-a", build_id=self.build.pk)
        assert taken is not None
        return taken

    def execute(self, taken: Claimed) -> Task:
        execute(taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic()))
        self.build.refresh_from_db()
        return Task.objects.get(pk=taken.task.pk)

    def step(self, key: str) -> Task:
        taken = self.claim()
        assert taken.task.key == key
        return self.execute(taken)

    def steps(self, *keys: str) -> Run:
        for key in keys:
            task = self.step(key)
            assert task.state in {"succeeded", "degraded"}, task.last_error
        return self

    @property
    def spec(self) -> Spec:
        return Spec.model_validate(Build.objects.get(pk=self.build.pk).spec)

    @property
    def text(self) -> str:
        return to_text(self.spec)

    def states(self) -> dict[str, str]:
        return dict(Task.objects.filter(build=self.build).values_list("key", "state"))


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create(name="Ada")


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory.create()


@pytest.fixture
def run(
    workspace: Workspace, user: User, data_dir: Path, no_index: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Run]:
    """A build of a library, nothing done yet. The sandbox's way to the index is read anew before and after."""
    monkeypatch.setattr(failpoints, "_faults", {})
    registries.forget()
    yield Run(workspace, user, blueprint="fastapi-service")
    registries.forget()


@pytest.fixture
def quick(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same with a blueprint and a ladder that need no package of the product."""
    for module in (plan, proof):
        monkeypatch.setattr(module, "ladder_of", lambda manifest, options: [PARSE])
    Build.objects.filter(pk=run.build.pk).update(options={"blueprint": "probe"})
    return run
