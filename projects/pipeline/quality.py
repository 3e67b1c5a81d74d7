"""Whether the work of a task passed its checks, told to the ledger: only by who has the task."""

from __future__ import annotations

from projects.engine.context import TaskContext
from projects.engine.fence import fence
from providers import ledger


def work_passed(ctx: TaskContext, *, passed: bool) -> int:
    """As `providers.ledger.work_passed`, behind the fence. Raises Fenced."""
    return ledger.work_passed(ctx.task.id, passed, fence=lambda: fence(ctx.task.id, ctx.task.epoch))
