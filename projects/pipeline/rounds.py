"""The rounds of a task that a provider works on. A job that was cut off goes on with its conversation; one whose work
was found bad, or that is to go another way, begins anew from the files that the task began with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projects.engine.context import TaskContext
from projects.engine.outcome import WorkFailed
from projects.pipeline.guided import guidance


def begin(ctx: TaskContext, key: str) -> str:
    """The name of the present round, for the journal and the job. Where it is new, the files are back at the base."""
    way = str(guidance(ctx).approach.get("name", ""))
    first = f"{key}:{way}" if way else key
    name, number = first, 1
    while ctx.journal.knows(_bad(name)):
        number += 1
        name = f"{first}:{number}"
    begun = f"begun:{name}"
    if not ctx.journal.knows(begun):
        workspace = ctx.workspace
        moved: dict[str, Any] = {}
        if workspace.head not in {"", workspace.base}:
            workspace.restore(workspace.base)
            # with the row of the step, so that an attempt that dies now does not find the files of the round before
            moved = {"head": workspace.base, "base": workspace.base}
        ctx.journal.record(begun, {"from": workspace.base}, title="Began", **moved)
    return name


def found_bad(
    ctx: TaskContext, name: str, message: str, *, kind: str, provider: str, details: Mapping[str, Any] | None = None
) -> WorkFailed:
    """Ends the round: the next attempt begins a new one. Gives the failure to raise."""
    told = {"provider": provider, "commit": ctx.workspace.head, "reason": message, **(details or {})}
    ctx.journal.once(_bad(name), lambda: told, title=message)
    ctx.output(f"{message}\n")
    return WorkFailed(message, kind=kind, provider=provider, details=told)


def _bad(name: str) -> str:
    return f"bad:{name}"
