"""Pattern fixes follow the platform's style; a repository that came with its own keeps it."""

from __future__ import annotations

from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded


def run(ctx: TaskContext) -> Outcome:
    """Tries none."""
    ctx.progress(100, "No pattern fix is tried on code that follows other rules")
    return Succeeded(result={"tried": []}, merge=False)
