"""A provider that follows a script behind the real job, and a build that waits for what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from autodev.contracts.job import ChangeSummary, Job, JobKind, JobResult
from autodev.spec.schema import Requirement
from projects.checks.types import Rung
from projects.engine import decisions, hooks
from projects.guidance import Guidance, with_guidance
from projects.models import Build, Dependency, Task
from projects.states import RECOVERY, Phase, TaskState
from providers import registry
from providers.kinds.base import ProviderFailure
from tests.pipeline.conftest import GOOD, SPEC, Pipeline

Step = Callable[[Job], Awaitable[JobResult]]
WISHES = ("It greets in Latin.", "It counts backwards.", "It sings.")


class Scripted:
    """Does one step a job; `jobs` are those that it was asked. A kind that is in `always` is done by that, and takes no
    step."""

    name = "scripted"
    emergency = False

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.jobs: list[Job] = []
        self.always: dict[JobKind, Step] = {}

    def can(self, kind: JobKind) -> bool:
        return True

    async def perform(self, job: Job) -> JobResult:
        self.jobs.append(job)
        return await (self.always.get(job.kind) or self.steps.pop(0))(job)

    def will(self, *steps: Step) -> None:
        self.steps += steps


def writes(files: dict[str, str], *, provider: str = "a", left_open: Sequence[str] = ()) -> Step:
    """Puts the files there, each with a snapshot of its own."""

    async def step(job: Job) -> JobResult:
        for path, text in files.items():
            job.ports.workspace.write(path, text.encode())
            await job.ports.workspace.snapshot(f"Wrote {path}")
        answer = ChangeSummary(title="Done", paths=tuple(sorted(files)))
        return JobResult(answer=answer, provider=provider, left_open=tuple(left_open))

    return step


def breaks(kind: str, *, after: dict[str, str] | None = None, **more: Any) -> Step:
    """Fails with this kind, after it has written the files."""

    async def step(job: Job) -> JobResult:
        if after:
            await writes(after)(job)
        raise ProviderFailure(kind, f"it failed: {kind}", **more)

    return step


class Waiting(Pipeline):
    """A pipeline whose provider follows a script and whose failed tasks are decided on by the test."""

    models: Scripted

    def extending(self, rungs: Sequence[Rung], *wishes: str, files: dict[str, str] | None = None) -> Task:
        """The build with `extend` ready, for these sentences that no rule understands."""
        requirements = [
            Requirement(id=f"r{number}", sentence=wish, text=wish, understood=False)
            for number, wish in enumerate(wishes or WISHES[:1], start=1)
        ]
        spec = SPEC.model_copy(update={"requirements": requirements})
        self.made(files or {"probe/__init__.py": GOOD}, rungs)
        Build.objects.filter(pk=self.build.pk).update(spec=spec.model_dump(mode="json"))
        self.build.refresh_from_db()
        return self.between("extend", Phase.IMPLEMENT, "implement", "validate")

    def between(self, key: str, phase: Phase, before: str, after: str) -> Task:
        """A task that a build can do without, ready, between two of its tasks."""
        Task.objects.filter(build=self.build, key=after).update(state=TaskState.PENDING)
        made = self.task(key, phase, critical=False, needs=[before])
        Dependency.objects.create(task=Task.objects.get(build=self.build, key=after), needs=made)
        return made

    def failed(self, key: str) -> Task:
        """Runs the task, which must fail."""
        task = self.step(key)
        assert (task.state, task.wait_reason) == (TaskState.WAITING, RECOVERY)
        return task

    def again(self, task: Task, **guidance: Any) -> Task:
        """Recovery decides on another attempt with this guidance, and it runs."""
        guided = Guidance(**({"strategy": "test"} | guidance))
        params = with_guidance(task.params, guided)
        assert decisions.retry(task_id=task.pk, epoch=task.epoch, reason="Again.", params=params)
        return self.step(task.key)


@pytest.fixture
def waiting(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    monkeypatch.setattr(hooks, "_hook", lambda failure: None)
    pipeline.__class__ = Waiting
    assert isinstance(pipeline, Waiting)
    pipeline.models = Scripted()
    monkeypatch.setattr(registry, "kinds", lambda: (pipeline.models,))
    return pipeline
