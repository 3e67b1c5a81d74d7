"""A build whose product is made and waits for its checks; the phases run by the engine, on a short real ladder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from autodev.lib import clock, failpoints
from autodev.spec.schema import Spec
from projects.checks.python.lint import RUNG as LINT
from projects.checks.python.parse import RUNG as PARSE
from projects.checks.types import Rung
from projects.engine.claim import Claimed, claim
from projects.engine.context import TaskContext
from projects.engine.execute import execute
from projects.engine.lease import Lease
from projects.models import Build, Check, CheckKind, Dependency, Task
from projects.pipeline import proof
from projects.repository.repository import repository_of
from projects.states import BuildState, Phase, TaskState
from tests.factories.projects import BuildFactory, TaskFactory
from tests.kept import share_layers

SPEC = Spec(name="product", title="Product", summary="", idea="A product.", project_type="unknown")
RESEARCH = {"blueprint": "probe", "lock": "", "pins": {}}
GOOD = '"""A product."""\n\n\ndef answer() -> int:\n    return 42\n'


class Pipeline:
    """A build with the files as its head. `step` runs the next ready task in this thread."""

    research = RESEARCH

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.build: Build = BuildFactory.create(
            state=BuildState.RUNNING, spec=SPEC.model_dump(mode="json"), started_at=timezone.now()
        )
        self.repository = repository_of(self.build.project_id)

    def made(self, files: dict[str, str], rungs: Sequence[Rung]) -> Build:
        """The build after its product was made: `validate` is ready, `refine` and `deliver` follow."""
        parent = self.repository.init()
        for path, text in files.items():
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self._folder / path).write_text(text)
        self.build.head = self.repository.snapshot(self._folder, parent=parent, message="Made\n", date=timezone.now())
        self.build.save()
        for position, rung in enumerate(rungs):
            Check.objects.create(
                build=self.build, kind=CheckKind.LADDER, key=rung.key, title=rung.title, required=rung.required,
                position=position,
            )  # fmt: skip
        self.task("research", Phase.RESEARCH, state=TaskState.SUCCEEDED, result=RESEARCH)
        self.task("implement", Phase.IMPLEMENT, state=TaskState.SUCCEEDED, head=self.build.head, needs=["research"])
        self.task("validate", Phase.VALIDATE, state=TaskState.READY, needs=["implement"])
        self.task("refine", Phase.REFINE, state=TaskState.PENDING, needs=["validate"])
        self.task("deliver", Phase.DELIVER, state=TaskState.PENDING, needs=["refine"])
        return self.build

    def task(self, key: str, phase: Phase, *, needs: Sequence[str] = (), **values: Any) -> Task:
        made: Task = TaskFactory.create(build=self.build, key=key, kind=key, phase=phase, title=key.title(), **values)
        for need in needs:
            Dependency.objects.create(task=made, needs=Task.objects.get(build=self.build, key=need))
        return made

    def claim(self) -> tuple[Claimed, Lease]:
        taken = claim("worker-a", build_id=self.build.pk)
        assert taken is not None
        # nobody renews it here, and a busy machine takes longer than a lease is trusted for
        return taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic() + 900)

    def step(self, key: str) -> Task:
        """Runs the ready task, which must be that one, and gives its row afterwards."""
        taken, lease = self.claim()
        assert taken.task.key == key
        execute(taken, lease)
        self.build.refresh_from_db()
        return Task.objects.get(pk=taken.task.pk)

    def context(self) -> TaskContext:
        """The context of the ready task, claimed."""
        return TaskContext(*self.claim())


@pytest.fixture
def short_ladder(monkeypatch: pytest.MonkeyPatch) -> list[Rung]:
    """The rungs that need no installed package of the product."""
    rungs: list[Rung] = [PARSE, LINT]
    monkeypatch.setattr(proof, "ladder_of", lambda manifest, options: rungs)
    return rungs


@pytest.fixture
def pipeline(db: None, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    monkeypatch.setattr(failpoints, "_faults", {})
    share_layers(data_dir)
    (tmp_path / "made").mkdir()
    return Pipeline(tmp_path / "made")
