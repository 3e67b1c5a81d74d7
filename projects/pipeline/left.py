"""What the attempts of a task left behind, for a fallback that keeps the best of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TypeVar

from projects.engine.context import TaskContext
from projects.engine.workspace import SNAPSHOT
from projects.models import Step

TRIED_AT_MOST = 5
T = TypeVar("T")


def snapshots_of(task_id: uuid.UUID) -> list[str]:
    """The commits of the task's snapshots, newest first; those of attempts that were set back included."""
    steps = Step.objects.filter(task_id=task_id, kind=SNAPSHOT).exclude(commit="").order_by("-created_at", "-id")
    return list(dict.fromkeys(steps.values_list("commit", flat=True)))


def keep_newest(ctx: TaskContext, accepted: Callable[[], T | None]) -> tuple[str, T] | None:
    """The newest snapshot that `accepted` takes, with what that gave, as the task's head; it looks at the files in the
    workspace. None where none of the newest five is; the files are then those of the base."""
    workspace = ctx.workspace
    for commit in [one for one in snapshots_of(ctx.task.id) if one != workspace.base][:TRIED_AT_MOST]:
        workspace.restore(commit)
        found = accepted()
        if found is not None:
            _adopt(ctx, commit)
            return commit, found
    workspace.restore(workspace.base)
    return None


def _adopt(ctx: TaskContext, commit: str) -> None:
    """The commit is the task's head again; it is what will be merged."""
    base = ctx.workspace.base
    ctx.journal.record(f"kept:{ctx.task.epoch}", {"commit": commit}, title="Kept in part", head=commit, base=base)
