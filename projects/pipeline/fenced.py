"""Rows that a phase writes while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from autodev.lib.db import write
from projects.engine.context import TaskContext
from projects.engine.fence import fence

T = TypeVar("T")


def fenced(ctx: TaskContext, fn: Callable[[], T]) -> T:
    """Runs `fn` in one transaction behind the fence. It must come to the same rows when it runs twice. Raises
    Fenced."""

    def apply() -> T:
        fence(ctx.task.id, ctx.task.epoch)
        return fn()

    return write(apply)
