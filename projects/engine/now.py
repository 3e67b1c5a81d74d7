"""What a build says that it does, where a task of it stops to wait: its last words would stand for as long."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from projects.models import Task
from projects.states import PERSON, RECOVERY, TaskState

WORDS = {
    RECOVERY: "An attempt failed; recovery decides what follows",
    PERSON: "Recovery needs an answer from a person",
}
LONGEST = 200  # what the column holds


def now_doing(build_id: uuid.UUID, *, waits: uuid.UUID, reason: str) -> dict[str, Any]:
    """The change of the build's row: the task of it that was begun last and runs, else why the task that `waits` does
    so."""
    others = Task.objects.filter(build_id=build_id, state=TaskState.RUNNING).exclude(pk=waits)
    title = others.order_by("-started_at").values_list("title", flat=True).first()
    return {"current_task": title or WORDS.get(reason, reason)[:LONGEST]}


def after(task: Task, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The same for changes of a task's row; nothing where it does not wait afterwards."""
    if changes.get("state", TaskState.WAITING) != TaskState.WAITING or not changes.get("wait_reason"):
        return {}
    return now_doing(task.build_id, waits=task.pk, reason=str(changes["wait_reason"]))
