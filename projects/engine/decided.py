"""The compare-and-swap under every decision about a task that waits for one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from autodev.accounts.models import User
from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.now import after
from projects.engine.ready import make_ready
from projects.engine.record import Happened, lock_build, record
from projects.engine.settle import settle
from projects.models import Task
from projects.states import PERSON, RECOVERY, TaskState

Along = Callable[[], None]


def undecided(task_id: uuid.UUID, epoch: int, actor: User | None) -> QuerySet[Task]:
    """The task where it still waits for a decision: recovery's, or a person's whose time is over. A member (`actor`)
    decides about any that waits."""
    waiting = Task.objects.filter(pk=task_id, epoch=epoch, state=TaskState.WAITING)
    if actor is not None:
        return waiting
    return waiting.filter(Q(wait_reason=RECOVERY) | Q(wait_reason=PERSON, next_run_at__lte=db_now()))


def decide_on(
    tasks: QuerySet[Task],
    task: Task,
    type_: str,
    payload: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    then: Along | None = None,
    along: Along | None = None,
    actor: User | None = None,
) -> bool:
    """Changes the task where `tasks` still holds it, in one transaction with the event, with `then` before what follows
    for the build, and with `along`, the caller's own rows. Gives False where somebody was faster."""

    def apply() -> bool:
        lock_build(task.build_id)
        if not tasks.update(**changes):
            return False
        if then is not None:
            then()
        told = {"key": task.key, "epoch": task.epoch, **payload}
        happened = Happened(type=type_, task_id=task.pk, payload=told)
        record(task.build_id, [happened], actor=actor, ring=True, **after(task, changes))
        if along is not None:
            along()
        make_ready(task.build_id)
        settle(task.build_id)
        return True

    return write(apply)
