"""Ports: what a job may do to the world. `projects` implements them; adapters never touch the ORM."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

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


class JournalPort(Protocol):
    """`once` gives the recorded answer of `key` if there is one, else awaits `call` and records its JSON-able answer
    in the
    same transaction as the fence. Raises Fenced when the epoch is gone."""

    async def once(self, key: str, call: Callable[[], Awaitable[Any]]) -> Any: ...


class CheckPort(Protocol):
    """Runs the validation ladder on the workspace as it is; gives the ladder's report."""

    async def __call__(self) -> Any: ...


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
