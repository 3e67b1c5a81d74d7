"""Programs that go on in the sandbox and work on a task's files, and the homes that they keep for it."""

from __future__ import annotations

import asyncio
import re
import socket
import uuid
from pathlib import Path

from django.conf import settings

from autodev.contracts.program import Program, RunningProgram
from autodev.lib import aio
from autodev.sandbox import RunningSandbox, SandboxResult, get_backend
from autodev.sandbox.workspace import remove_tree
from projects.engine.context import TaskContext
from projects.engine.housekeeping import Chore, register_chore
from projects.engine.janitor import is_live
from projects.models import Task
from projects.pipeline.proof import Bench

HOME_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def homes_root() -> Path:
    """Where the homes of programs lie: a folder a task, in it one a program."""
    return Path(settings.AUTODEV_DATA) / "agents"


class ProgramsOfTask:
    """Starts them for one task."""

    def __init__(self, ctx: TaskContext) -> None:
        self._ctx = ctx

    async def start(self, program: Program) -> RunningProgram:
        """Raises SandboxUnavailable, OSError where it could not be started, ValueError for a name that is no home's,
        Cancelled, Fenced."""
        home = self._home(program.home)
        bench = await aio.in_caller(lambda: self._bench(again=home.exists()))
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        running = await asyncio.to_thread(bench.program, program, home)
        if not running.alive:
            result = running.result(0)
            if result.status in ("setup_error", "not_run"):
                raise OSError(f"{program.argv[0]} could not be started: {result.reason}")
        return _Running(running)

    def _bench(self, *, again: bool) -> Bench:
        self._ctx.check_alive()
        if again:
            # One of an epoch that is over may still work in the home: its worker may be frozen rather than dead.
            get_backend().reap(is_live)
        return Bench(self._ctx)

    def _home(self, name: str) -> Path:
        if not HOME_NAME.fullmatch(name):
            raise ValueError(f"not a home's name: {name!r}")
        return homes_root() / str(self._ctx.task.id) / name


class _Running:
    """The sandbox of a program, for who works on the event loop."""

    def __init__(self, running: RunningSandbox) -> None:
        self._running = running

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        return self._running.connect(timeout_s)

    async def ready(self, timeout_s: float) -> bool:
        return await asyncio.to_thread(self._running.wait_ready, timeout_s)

    @property
    def alive(self) -> bool:
        return self._running.alive

    def output(self) -> tuple[str, str]:
        return self._running.output()

    async def stop(self) -> SandboxResult:
        return await asyncio.to_thread(self._running.stop)


def remove_homes() -> int:
    """Removes the homes of tasks that are gone or whose build has ended; gives how many tasks had one."""
    root = homes_root()
    removed = 0
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        try:
            task_id = uuid.UUID(folder.name)
        except ValueError:
            continue
        if not Task.objects.filter(pk=task_id, build__finished_at=None).exists():
            remove_tree(folder)
            removed += 1
    return removed


def register() -> None:
    """The chore of whoever hosts an engine."""
    register_chore(Chore("agents", 300.0, remove_homes))
