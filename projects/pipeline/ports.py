"""The ports of a job, made of the context of its task."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from autodev.contracts.ports import Ports
from autodev.lib import aio
from autodev.sandbox import SandboxResult
from autodev.sandbox.types import Phase
from projects.checks.types import LadderReport
from projects.engine.context import TaskContext
from projects.pipeline.programs import ProgramsOfTask
from projects.pipeline.proof import Bench
from projects.pipeline.steered import SteerOfTask

DIFF_LIMIT = 40_000


class WorkspaceOfTask:
    """The task's files and the sandbox. Reads and writes are plain files; a snapshot's row is written by the slot's
    thread."""

    def __init__(self, ctx: TaskContext) -> None:
        self._ctx = ctx

    def read(self, path: str) -> bytes:
        return self._ctx.workspace.read(path)

    def write(self, path: str, content: bytes) -> None:
        self._ctx.workspace.write(path, content)

    def delete(self, path: str) -> None:
        self._ctx.workspace.delete(path)

    def paths(self) -> Sequence[str]:
        return self._ctx.workspace.paths()

    async def run(self, argv: Sequence[str], *, timeout_s: float, phase: Phase = "test") -> SandboxResult:
        """Runs a command in the sandbox on a copy of the files, off the event loop."""
        bench = await aio.in_caller(lambda: Bench(self._ctx))
        return await asyncio.to_thread(bench.command, argv, timeout_s=timeout_s, phase=phase)

    async def snapshot(self, message: str) -> str:
        return await aio.in_caller(lambda: self._ctx.workspace.snapshot(message))

    @property
    def head(self) -> str:
        return self._ctx.workspace.head or self._ctx.workspace.base

    async def restore(self, commit: str) -> None:
        await aio.in_caller(lambda: self._ctx.workspace.restore(commit))

    async def diff(self, old: str, new: str) -> str:
        found = await asyncio.to_thread(self._ctx.workspace.repository.diff, old, new, limit=DIFF_LIMIT)
        return found.text


class CheckOfTask:
    """The ladder on the files as they are, for a job that wants to know."""

    def __init__(self, ctx: TaskContext) -> None:
        self._ctx = ctx

    async def __call__(self) -> LadderReport:
        bench = await aio.in_caller(lambda: Bench(self._ctx))
        return await asyncio.to_thread(bench.ladder)


def ports_of(ctx: TaskContext, *, files: bool) -> Ports:
    """`files`: the job works in the workspace, which is then opened here, by the slot's thread, because opening reads
    rows."""

    def emit(text: str, *, fields: Mapping[str, Any] | None = None) -> None:
        ctx.output(f"{text}\n")

    if files:
        ctx.workspace.paths()
    return Ports(
        workspace=WorkspaceOfTask(ctx), journal=ctx.async_journal, check=CheckOfTask(ctx), emit=emit, cancel=ctx.cancel,
        steer=SteerOfTask(ctx), programs=ProgramsOfTask(ctx),
    )  # fmt: skip
