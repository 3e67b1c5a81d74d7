"""A job whose files, journal and checks are in memory, and models that follow a script behind the real routing."""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from autodev.contracts.job import Job, JobKind
from autodev.contracts.ports import Ports, Told
from autodev.contracts.program import Program, RunningProgram
from autodev.sandbox.types import SandboxResult, SandboxUnavailable
from projects.checks.types import FindingData, LadderReport, RungResult
from providers.chat import Delta, Finish, ToolCallDelta
from providers.targets import Capability
from tests.routing.fakes import WORKSPACE, FakeKind, Say, World, target, world


@dataclass
class Workspace:
    files: dict[str, bytes] = field(default_factory=lambda: {"app.py": b"print('hello')\n", "README.md": b"# Shop\n"})
    snapshots: list[str] = field(default_factory=list)
    ran: list[list[str]] = field(default_factory=list)
    results: list[SandboxResult] = field(default_factory=list)
    kept: dict[str, dict[str, bytes]] = field(default_factory=dict)
    restored: list[str] = field(default_factory=list)
    head: str = "base"

    def __post_init__(self) -> None:
        self.kept[self.head] = dict(self.files)

    def read(self, path: str) -> bytes:
        if path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"{path} leaves the project")
        if path not in self.files:
            raise FileNotFoundError(f"no file {path}")
        return self.files[path]

    def write(self, path: str, content: bytes) -> None:
        if path.startswith("/") or ".." in path.split("/"):
            raise ValueError(f"{path} leaves the project")
        self.files[path] = content

    def delete(self, path: str) -> None:
        del self.files[path]

    def paths(self) -> Sequence[str]:
        return sorted(self.files)

    async def run(self, argv: Sequence[str], *, timeout_s: float, phase: str = "test") -> SandboxResult:
        self.ran.append(list(argv))
        if self.results:
            return self.results.pop(0)
        return SandboxResult(status="nonzero", exit_code=3, stdout="out\n", stderr="err\n")

    async def snapshot(self, message: str) -> str:
        if self.kept[self.head] != self.files:
            self.snapshots.append(message)
            self.head = f"commit-{len(self.snapshots)}"
            self.kept[self.head] = dict(self.files)
        return self.head

    async def restore(self, commit: str) -> None:
        self.restored.append(commit)
        self.files, self.head = dict(self.kept[commit]), commit

    async def diff(self, old: str, new: str) -> str:
        before, after = self.kept[old], self.kept[new]
        return "\n".join(path for path in sorted({*before, *after}) if before.get(path) != after.get(path))

    def killed(self) -> None:
        """What is not in a snapshot is gone."""
        self.files = dict(self.kept[self.head])


@dataclass
class Journal:
    """`dies_at`: the key whose step is not recorded, as if the worker had been killed right before it was."""

    answered: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    dies_at: str = ""

    async def once(
        self, key: str, call: Callable[[], Awaitable[Any]], *, title: str | Callable[[Any], str] = "",
        kind: str = "call",
    ) -> Any:  # fmt: skip
        if key not in self.answered:
            answer = json.loads(json.dumps(await call()))
            self._die_at(key)
            self.answered[key] = answer
            self.told.append((key, str(kind), title(answer) if callable(title) else title))
        return self.answered[key]

    async def record(self, key: str, answer: Any, *, title: str = "", kind: str = "note") -> None:
        self._die_at(key)
        if key not in self.answered:
            self.answered[key] = json.loads(json.dumps(answer))
            self.told.append((key, str(kind), title))

    async def answers(self, prefix: str) -> Mapping[str, Any]:
        return {key: answer for key, answer in self.answered.items() if key.startswith(prefix)}

    def of_kind(self, kind: str) -> list[tuple[str, str]]:
        """(key, title) of the steps of a kind."""
        return [(key, title) for key, own, title in self.told if own == kind]

    def _die_at(self, key: str) -> None:
        if self.dies_at and key.endswith(self.dies_at):
            self.dies_at = ""
            raise Killed


class Killed(BaseException):
    """The end of a worker, at a place of the test's choice."""


@dataclass
class Steer:
    """`says`: what people say before each look, in order; `answers`: question → answer."""

    says: list[list[Told]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def messages(self) -> Sequence[Told]:
        return self.says.pop(0) if self.says else []

    async def ask(self, key: str, question: str, *, assumption: str, choices: Sequence[str] = ()) -> str:
        self.asked.append((key, question))
        return self.answers.get(question, assumption)


class Programs:
    async def start(self, program: Program) -> RunningProgram:
        raise SandboxUnavailable(["no programs here"])


RED = LadderReport(
    rungs=(
        RungResult(
            key="lint", status="failed", excerpt="F401",
            findings=(FindingData(rule="F401", message="unused import", file="app.py", line=1),),
        ),
    ),
    required=frozenset({"lint"}),
)  # fmt: skip
GREEN = LadderReport(rungs=(RungResult(key="lint", status="passed"),), required=frozenset({"lint"}))


@dataclass
class Desk:
    """Everything around one job. `reports` are those of the checks in order; then `report` stands."""

    here: World
    workspace: Workspace = field(default_factory=Workspace)
    journal: Journal = field(default_factory=Journal)
    steer: Steer = field(default_factory=Steer)
    said: list[str] = field(default_factory=list)
    cancel: threading.Event = field(default_factory=threading.Event)
    reports: list[LadderReport] = field(default_factory=list)
    report: LadderReport = GREEN
    checked: int = 0

    def job(self, kind: JobKind, context: Any, **more: Any) -> Job:
        async def check() -> LadderReport:
            self.checked += 1
            return self.reports.pop(0) if self.reports else self.report

        def emit(text: str, *, fields: Any = None) -> None:
            self.said.append(text)

        ports = Ports(
            workspace=self.workspace, journal=self.journal, check=check, emit=emit, cancel=self.cancel,
            steer=self.steer, programs=Programs(),
        )  # fmt: skip
        values: dict[str, Any] = {"workspace_id": WORKSPACE, "task_id": str(WORKSPACE), "epoch": 1, "brief": "b"}
        return Job(kind=kind, context=context, ports=ports, **(values | more))

    @property
    def models(self) -> FakeKind:
        return self.here.kind


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    able = frozenset({Capability.STREAMING, Capability.TOOLS, Capability.STRUCTURED})
    here = world([target("a", capabilities=able), target("b", capabilities=able)])
    monkeypatch.setattr("providers.routing.wiring.ports", lambda: here.ports)
    return Desk(here)


def calls(*uses: tuple[str, dict[str, Any]], text: str = "") -> Say:
    """A turn in which the model calls these tools."""
    pieces = tuple(
        ToolCallDelta(index=at, id=f"c{at}", name=name, arguments=json.dumps(values))
        for at, (name, values) in enumerate(uses)
    )
    return Say(deltas=(Delta(text=text), Delta(tool_calls=pieces)), finish=Finish.TOOL_CALLS)
