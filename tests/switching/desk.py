"""A job on files in memory whose commits can be restored, and workers that do what a test says: the logic of a
succession, without an engine."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from autodev.contracts.contexts import Problem, RepairContext
from autodev.contracts.job import ChangeSummary, Job, JobGuidance, JobKind, JobResult
from autodev.contracts.ports import Ports
from autodev.spec.schema import Spec
from projects.checks.types import FindingData, LadderReport, RungResult
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.targets import Target

SPEC = Spec(name="shop", title="Shop", summary="", idea="A shop.", project_type="unknown")
CHECKS = ("parse", "lint", "tests")


class Files:
    """Each snapshot is a copy of the files."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {"app.py": "hello\n"}
        self.commits: dict[str, dict[str, str]] = {"c0": dict(self.files)}
        self.head = "c0"
        self.restored: list[str] = []

    def read(self, path: str) -> bytes:
        return self.files[path].encode()

    def write(self, path: str, content: bytes) -> None:
        self.files[path] = content.decode()

    def paths(self) -> Sequence[str]:
        return sorted(self.files)

    async def snapshot(self, message: str) -> str:
        if self.files != self.commits[self.head]:
            self.head = f"c{len(self.commits)}"
            self.commits[self.head] = dict(self.files)
        return self.head

    async def restore(self, commit: str) -> None:
        self.files, self.head = dict(self.commits[commit]), commit
        self.restored.append(commit)

    async def diff(self, old: str, new: str) -> str:
        before, after = self.commits[old], self.commits[new]
        changed = sorted(p for p in {*before, *after} if before.get(p) != after.get(p))
        return "".join(f"diff --git a/{path} b/{path}\n" for path in changed)


@dataclass
class Steps:
    """The journal: it outlives a worker that is killed."""

    answered: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    async def once(
        self, key: str, call: Callable[[], Awaitable[Any]], *, title: object = "", kind: str = "call"
    ) -> Any:
        if key not in self.answered:
            await self.record(key, await call(), kind=kind)
        return self.answered[key]

    async def record(self, key: str, answer: Any, *, title: str = "", kind: str = "note") -> None:
        if key not in self.answered:
            self.answered[key] = json.loads(json.dumps(answer))
            self.kinds[key] = str(kind)

    async def answers(self, prefix: str) -> Mapping[str, Any]:
        return {key: answer for key, answer in self.answered.items() if key.startswith(prefix)}

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [answer for key, answer in self.answered.items() if self.kinds[key] == kind]


class Desk:
    """Checks are red whose name stands in a file as `no <check>`; `ladders` counts how often they ran."""

    def __init__(self) -> None:
        self.files = Files()
        self.steps = Steps()
        self.said: list[str] = []
        self.ladders = 0
        self.cancel = threading.Event()

    async def check(self) -> LadderReport:
        self.ladders += 1
        text = "".join(self.files.files.values())
        rungs = []
        for key in CHECKS:
            red = f"no {key}" in text
            found = (FindingData(rule=key, message=f"{key} is not met", file="app.py", line=1),) if red else ()
            rungs.append(RungResult(key=key, status="failed" if red else "passed", findings=found))
        return LadderReport(rungs=tuple(rungs), required=frozenset(CHECKS))

    def job(self, **more: Any) -> Job:
        files: Any = self.files
        unused: Any = None
        ports = Ports(
            workspace=files, journal=self.steps, check=self.check, emit=self._emit, cancel=self.cancel, steer=unused,
            programs=unused,
        )  # fmt: skip
        problems = (Problem(check="tests", message="one fails", place="app.py:1"),)
        values: dict[str, Any] = {
            "kind": JobKind.REPAIR, "task_id": str(uuid.UUID(int=7)), "epoch": 1, "brief": "Make the shop sell.",
            "context": RepairContext(spec=SPEC, blueprint="probe", problems=problems), "ports": ports,
        }  # fmt: skip
        return Job(**(values | more))

    def _emit(self, text: str, *, fields: Mapping[str, Any] | None = None) -> None:
        self.said.append(text)


Act = Callable[[Job], Awaitable[None]]


class Kind:
    """A kind of workers that does one act a visit, and is done where the act raises nothing. `jobs` are those that it
    was given."""

    emergency = False

    def __init__(self, name: str, *acts: Act, kinds: Sequence[JobKind] = tuple(JobKind), missing: str = "") -> None:
        self.name = name
        self.acts = list(acts)
        self.jobs: list[Job] = []
        self._kinds = kinds
        self._missing = missing

    def can(self, kind: JobKind) -> bool:
        return kind in self._kinds

    def missing(self) -> str:
        return self._missing

    async def version(self) -> str:
        return f"{self.name} 1.2.3"

    async def perform(self, job: Job, target: Target | None = None) -> JobResult:
        self.jobs.append(job)
        name = target.name if target is not None else self.name
        await self.acts.pop(0)(job)
        return JobResult(answer=ChangeSummary(title="Done", paths=()), provider=name)


def writes(text: str, path: str = "app.py") -> Act:
    async def act(job: Job) -> None:
        job.ports.workspace.write(path, text.encode())
        await job.ports.workspace.snapshot("Wrote")

    return act


def fails(kind: str, said: str = "", **more: Any) -> Act:
    async def act(job: Job) -> None:
        raise ProviderFailure(kind, said or f"it failed: {kind}", **more)

    return act


def raises(error: BaseException) -> Act:
    async def act(job: Job) -> None:
        raise error

    return act


def both(*acts: Act) -> Act:
    async def act(job: Job) -> None:
        for one in acts:
            await one(job)

    return act


async def refuses(job: Job) -> None:
    raise NotForThisJob("not for me")


async def nothing(job: Job) -> None:
    return


def avoiding(*names: str, told: str = "") -> JobGuidance:
    return JobGuidance(avoid=names, told=told)


IN_AN_HOUR = dt.timedelta(hours=1)
A_DOLLAR = Decimal(1)
