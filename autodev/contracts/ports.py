"""Ports: what a job may do to the world. `projects` implements them; adapters never touch the ORM."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from autodev.contracts.program import Program, RunningProgram
from autodev.sandbox.types import Phase, SandboxResult


class Fenced(Exception):
    """The epoch is gone: another worker owns the task. Whoever gets it stops at once and writes nothing more."""


class Cancelled(Exception):
    """The build was cancelled, or the worker is shutting down (`shutdown` is then true); the work so far is kept."""

    def __init__(self, *, shutdown: bool = False) -> None:
        super().__init__("shutting down" if shutdown else "cancelled")
        self.shutdown = shutdown


class WorkspacePort(Protocol):
    """Files of the task, by path relative to the project's root. A path that leaves the root raises ValueError."""

    def read(self, path: str) -> bytes: ...
    def write(self, path: str, content: bytes) -> None: ...
    def delete(self, path: str) -> None: ...
    def paths(self) -> Sequence[str]: ...
    async def run(self, argv: Sequence[str], *, timeout_s: float, phase: Phase = "test") -> SandboxResult: ...
    async def snapshot(self, message: str) -> str: ...

    @property
    def head(self) -> str:
        """The newest snapshot, else the commit that the task began with."""
        ...

    async def restore(self, commit: str) -> None:
        """Puts the files back to a commit of this task's line; what comes next builds on it. No program may run on
        them then."""
        ...

    async def diff(self, old: str, new: str) -> str:
        """The unified diff between two commits, cut at some ten thousand characters."""
        ...


class JournalPort(Protocol):
    """The steps of the task, which outlive the attempt. `kind` and `title` are for those who read them
    (`autodev.contracts.transcript.StepKind`). Raises Fenced when the epoch is gone."""

    async def once(
        self, key: str, call: Callable[[], Awaitable[Any]], *, title: str | Callable[[Any], str] = "",
        kind: str = "call",
    ) -> Any:  # fmt: skip
        """The recorded answer of `key` if there is one, else what `call` gives, a JSON-able answer that is recorded
        in the same transaction as the fence. A title that only the answer tells is made from it."""
        ...

    async def record(self, key: str, answer: Any, *, title: str = "", kind: str = "note") -> None:
        """Records something that happened. A key that is there already stays as it is."""
        ...

    async def answers(self, prefix: str) -> Mapping[str, Any]:
        """Key → answer of the steps so far whose key begins with it, in their order."""
        ...


class CheckPort(Protocol):
    """Runs the validation ladder on the workspace as it is; gives the ladder's report."""

    async def __call__(self) -> Any: ...


@dataclass(frozen=True, kw_only=True)
class Told:
    """A person's message to the work: `id` of its row, `by` the person's name."""

    id: str
    text: str
    by: str = ""


class SteerPort(Protocol):
    """People, while the work goes on."""

    async def messages(self) -> Sequence[Told]:
        """What was said since the last call. Each message is taken by one task, once; to call it is to take them, and
        the journal has them before they are given. Whoever records what a model was told records the ids with it
        (anywhere in a step's answer): a resumed attempt is given again what no step since the round began holds, so
        that nothing is lost and nothing told twice. The journal's steps `message:<id>` have all of them, for a
        handover."""
        ...

    async def ask(self, key: str, question: str, *, assumption: str, choices: Sequence[str] = ()) -> str:
        """The answer of a person. Nobody who answers in time gives the assumption. A key that was asked before gives
        what came of it. Raises Cancelled, Fenced."""
        ...


class ProgramPort(Protocol):
    """Programs that go on in the sandbox and work on the task's files themselves."""

    async def start(self, program: Program) -> RunningProgram:
        """Raises SandboxUnavailable where there is no sandbox, OSError where it could not be started."""
        ...


class EmitPort(Protocol):
    """Display only: a line of progress. Never raises, may drop."""

    def __call__(self, text: str, *, fields: Mapping[str, Any] | None = None) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Ports:
    workspace: WorkspacePort
    journal: JournalPort
    check: CheckPort
    emit: EmitPort
    cancel: threading.Event
    steer: SteerPort
    programs: ProgramPort
