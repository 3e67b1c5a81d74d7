"""What may be decided about a task in WAITING(recovery): each a compare-and-swap on id, epoch and WAITING.

A decision that finds the task elsewhere changes nothing and gives False, so that two deciders cannot both act.
"""

from __future__ import annotations

import uuid
from typing import Any

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.ready import make_ready
from projects.engine.record import Happened, lock_build, record
from projects.engine.settle import settle
from projects.models import Task
from projects.states import RECOVERY, TaskState


def retry(*, task_id: uuid.UUID, epoch: int, delay_s: float, reason: str, params: dict[str, Any] | None = None) -> bool:
    """The task runs again in `delay_s` seconds, with these `params` where given."""
    changes: dict[str, Any] = {"next_run_at": db_now(plus_s=delay_s), "wait_reason": reason[:200]}
    if params is not None:
        changes["params"] = params
    return _decide(task_id, epoch, "task.retry_planned", {"reason": reason, "delay_s": delay_s}, changes)


def give_up(*, task_id: uuid.UUID, epoch: int, reason: str) -> bool:
    """The task is FAILED for good, and with it a build that cannot do without it."""
    task = Task.objects.only("last_error").get(pk=task_id)
    error = f"{task.last_error} {reason}".strip()
    changes: dict[str, Any] = {
        "state": TaskState.FAILED,
        "last_error": error,
        "next_run_at": None,
        "wait_reason": "",
        "finished_at": db_now(),
    }
    return _decide(task_id, epoch, "task.failed", {"reason": reason, "message": error}, changes)


def _decide(task_id: uuid.UUID, epoch: int, type_: str, payload: dict[str, Any], changes: dict[str, Any]) -> bool:
    build_id, key = Task.objects.values_list("build_id", "key").get(pk=task_id)

    def apply() -> bool:
        lock_build(build_id)
        undecided = Task.objects.filter(pk=task_id, epoch=epoch, state=TaskState.WAITING, wait_reason=RECOVERY)
        if not undecided.update(**changes):
            return False
        record(build_id, [Happened(type=type_, task_id=task_id, payload={"key": key, "epoch": epoch, **payload})])
        make_ready(build_id)
        settle(build_id)
        return True

    return write(apply)
