"""Tasks that are ready and need a commit that is gone: no worker tries, recovery decides."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import F

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.failure import fingerprint_of
from projects.engine.record import Happened, lock_build, record
from projects.engine.timing import UNDECIDED_S
from projects.models import Task
from projects.states import RECOVERY, TaskState

KIND = "data_corruption"
MESSAGE = "A commit that this task builds on is not in the repository any more."


def set_aside(build_id: uuid.UUID, tasks: Collection[uuid.UUID] | None) -> list[tuple[uuid.UUID, int]]:
    """READY → WAITING(recovery) at a new epoch, for these tasks or all of the build; it counts as an attempt. Gives
    task and epoch of each that moved."""
    ready = Task.objects.filter(build_id=build_id, state=TaskState.READY)
    if tasks is not None:
        ready = ready.filter(pk__in=list(tasks))
    return [(task.pk, task.epoch + 1) for task in ready if _set_aside(task)]


def _set_aside(task: Task) -> bool:
    def apply() -> bool:
        lock_build(task.build_id)
        still = Task.objects.filter(pk=task.pk, epoch=task.epoch, state=TaskState.READY)
        moved = still.update(
            state=TaskState.WAITING, wait_reason=RECOVERY, next_run_at=db_now(plus_s=UNDECIDED_S),
            epoch=F("epoch") + 1, attempts=F("attempts") + 1, last_error=MESSAGE, error_kind=KIND,
            fingerprint=fingerprint_of(KIND, MESSAGE),
        )  # fmt: skip
        if moved:
            payload = {"key": task.key, "epoch": task.epoch + 1, "kind": KIND, "message": MESSAGE, "outside": False}
            record(task.build_id, [Happened(type="task.attempt_failed", task_id=task.pk, payload=payload)])
        return bool(moved)

    return write(apply)
