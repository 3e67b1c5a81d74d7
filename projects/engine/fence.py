"""The fence: a write is accepted only at the task's current epoch, while it runs."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection

from autodev.contracts.ports import Fenced
from autodev.lib import rows
from projects.engine.sqltime import now
from projects.models import Task
from projects.states import TaskState


def fence(task_id: uuid.UUID, epoch: int, **changes: Any) -> None:
    """First statement of a transaction that writes for a task: takes its row and notes the progress. Raises Fenced."""
    if not connection.in_atomic_block:
        raise RuntimeError("fence outside of a transaction")
    held = {"id": task_id, "epoch": epoch, "state": TaskState.RUNNING}
    if not rows.update(Task, held, {"progress_at": now(), **changes}):
        raise Fenced(f"task {task_id} is no longer ours at epoch {epoch}")
