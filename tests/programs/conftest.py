"""A task that is under way, with its files, journal and sandbox as the engine gives them, and a model of the lab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autodev.contracts.contexts import ExtendContext
from autodev.contracts.job import Job, JobKind, JobResult
from autodev.lib import aio, failpoints
from autodev.sandbox.toolchain import python_toolchain
from projects.engine.context import TaskContext
from projects.models import Step, Task
from projects.pipeline import proof
from projects.pipeline.ports import ports_of
from projects.states import Phase, TaskState
from providers.kinds.agents import AgentProgramKind
from providers.live import process
from providers.models import Call, Provider
from providers.routing import wiring
from providers.targets import Target
from tests.pipeline.conftest import GOOD, SPEC, Pipeline
from tests.providers_lab import Lab
from tests.providers_lab.fixtures import _lab, lab
from tests.routing.conftest import _warm

__all__ = ["_lab", "_warm", "lab"]
FILES = {"README.md": "# Product\n", "probe/__init__.py": GOOD}
CONTEXT = ExtendContext(
    spec=SPEC, blueprint="probe", open_requirements=["It greets."], commands=[["python", "-m", "pytest"]]
)


class Layers:
    """The interpreter without packages: to install some takes longer than all of these tests."""

    def __init__(self, folder: Path) -> None:
        self._layer = SimpleNamespace(path=folder, ro_layers={})
        self._folder = folder

    def project(self, *_: Any, **__: Any) -> Any:
        return self._layer

    def tools(self, *_: Any, **__: Any) -> Any:
        return self._layer

    def interpreter(self) -> Mapping[Path, str]:
        return python_toolchain(self._folder).ro_layers


class Here:
    """`job` asks for something, `perform` has it done by a kind in this thread, as a slot does."""

    def __init__(self, pipeline: Pipeline, lab: Lab) -> None:
        self.lab = lab
        self.pipeline = pipeline
        pipeline.made(FILES, [])
        Task.objects.filter(build=pipeline.build).exclude(key__in=("research", "implement")).delete()
        self.row = pipeline.task("extend", Phase.IMPLEMENT, state=TaskState.READY)
        self.ctx = self.claimed()
        self.provider("a")

    def claimed(self) -> TaskContext:
        return self.pipeline.context()

    def provider(self, name: str, **document: Any) -> Provider:
        """A model that the lab plays."""
        deadlines = {"first_token_s": 8.0, "stall_s": 5.0, "total_s": 60.0, "connect_s": 2.0}
        price = {"input_usd": 1, "output_usd": 2}
        return Provider.objects.create(
            workspace=self.pipeline.build.workspace, name=name, kind="litellm", model="openai/lab-model",
            api_base=self.lab.upstream(name).openai_url, keys=["env:OPENAI_API_KEY"],
            document={
                "deadlines": deadlines, "price": price, "capabilities": ["streaming", "tools"],
                "context_window": 200_000, **document,
            },
        )  # fmt: skip

    def job(self, context: Any = CONTEXT, *, kind: JobKind = JobKind.IMPLEMENT, **more: Any) -> Job:
        build = self.pipeline.build
        values = {"brief": "Add what is missing.", "key": "extend", **more}
        return Job(
            kind=kind, task_id=str(self.row.pk), epoch=self.ctx.task.epoch, context=context,
            ports=ports_of(self.ctx, files=True), workspace_id=build.workspace_id, project_id=build.project_id,
            build_id=build.pk, **values,
        )  # fmt: skip

    def target(self, kind: str, **more: Any) -> Target:
        values = {"model": "a", "name": "program", **more}
        workspace_id = self.pipeline.build.workspace_id
        return Target(id=self.row.pk, workspace_id=workspace_id, kind=kind, needs_key=False, **values)

    def perform(self, kind: AgentProgramKind, job: Job, target: Target) -> JobResult:
        return aio.run(kind.perform(job, target))

    def restarted(self) -> None:
        """As after a kill -9: another epoch of the task, with its newest snapshot and its steps."""
        self.ctx.close()
        Task.objects.filter(pk=self.row.pk).update(state=TaskState.READY, next_run_at=None)
        self.ctx = self.claimed()

    def text(self, path: str) -> str:
        return self.ctx.workspace.read(path).decode()

    def steps(self, kind: str) -> list[Step]:
        return list(Step.objects.filter(task=self.row, kind=kind).order_by("created_at", "pk"))

    def entries(self) -> list[dict[str, Any]]:
        return [entry for step in self.steps("entries") for entry in step.output or ()]

    def calls(self) -> list[Call]:
        return list(Call.objects.filter(task_id=self.row.pk).order_by("started_at"))


@pytest.fixture
def here(
    transactional_db: None, data_dir: Path, tmp_path: Path, lab: Lab, _warm: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Here]:
    monkeypatch.setattr(failpoints, "_faults", {})
    monkeypatch.setenv("OPENAI_API_KEY", "sk-lab-000000000000000000")
    layers = Layers(tmp_path / "layers")
    monkeypatch.setattr(proof, "layers_of", lambda backend: layers)
    (tmp_path / "made").mkdir()
    found = Here(Pipeline(tmp_path / "made"), lab)
    yield found
    found.ctx.close()
    process.stop()
    wiring.forget()
