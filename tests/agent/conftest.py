"""A job whose files, journal and checks are in memory, and models that follow a script behind the real routing."""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from autodev.contracts.job import Job, JobKind
from autodev.contracts.ports import Ports
from autodev.sandbox.types import SandboxResult
from projects.checks.types import FindingData, LadderReport, RungResult
from providers.chat import Delta, Finish, ToolCallDelta
from providers.targets import Capability
from tests.routing.fakes import WORKSPACE, FakeKind, Say, World, target, world


@dataclass
class Workspace:
    files: dict[str, bytes] = field(default_factory=lambda: {"app.py": b"print('hello')\n", "README.md": b"# Shop\n"})
    snapshots: list[str] = field(default_factory=list)
    ran: list[list[str]] = field(default_factory=list)

    def read(self, path: str) -> bytes:
        if path not in self.files:
            raise FileNotFoundError(f"no file {path}")
        return self.files[path]

    def write(self, path: str, content: bytes) -> None:
        if path.startswith("/"):
            raise ValueError(f"{path} leaves the project")
        self.files[path] = content

    def delete(self, path: str) -> None:
        del self.files[path]

    def paths(self) -> Sequence[str]:
        return sorted(self.files)

    async def run(self, argv: Sequence[str], *, timeout_s: float, phase: str = "test") -> SandboxResult:
        self.ran.append(list(argv))
        return SandboxResult(status="nonzero", exit_code=3, stdout="out\n", stderr="err\n")

    async def snapshot(self, message: str) -> str:
        self.snapshots.append(message)
        return f"commit-{len(self.snapshots)}"


@dataclass
class Journal:
    answers: dict[str, Any] = field(default_factory=dict)

    async def once(self, key: str, call: Callable[[], Awaitable[Any]]) -> Any:
        if key not in self.answers:
            self.answers[key] = json.loads(json.dumps(await call()))
        return self.answers[key]


@dataclass
class Desk:
    """Everything around one job."""

    here: World
    workspace: Workspace = field(default_factory=Workspace)
    journal: Journal = field(default_factory=Journal)
    said: list[str] = field(default_factory=list)
    cancel: threading.Event = field(default_factory=threading.Event)
    report: LadderReport = field(
        default_factory=lambda: LadderReport(
            rungs=(
                RungResult(
                    key="lint",
                    status="failed",
                    excerpt="F401",
                    findings=(FindingData(rule="F401", message="unused import", file="app.py", line=1),),
                ),
            ),
            required=frozenset({"lint"}),
        )
    )

    def job(self, kind: JobKind, context: Any, **more: Any) -> Job:
        async def check() -> LadderReport:
            return self.report

        def emit(text: str, *, fields: Any = None) -> None:
            self.said.append(text)

        ports = Ports(workspace=self.workspace, journal=self.journal, check=check, emit=emit, cancel=self.cancel)
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
