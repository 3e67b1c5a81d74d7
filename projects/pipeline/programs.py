"""Programs that go on in the sandbox and work on a task's files."""

from __future__ import annotations

from autodev.contracts.program import Program, RunningProgram
from autodev.sandbox.types import SandboxUnavailable
from projects.engine.context import TaskContext


class ProgramsOfTask:
    """Starts them for one task."""

    def __init__(self, ctx: TaskContext) -> None:
        self._ctx = ctx

    async def start(self, program: Program) -> RunningProgram:
        """Raises SandboxUnavailable."""
        raise SandboxUnavailable([f"{program.argv[0]} cannot be started here"])
