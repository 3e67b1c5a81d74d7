"""Waking tasks whose wait has lost its reason, a few at a time: what they waited for must not fall over again."""

from __future__ import annotations

import uuid
from collections import defaultdict
from itertools import chain, zip_longest
from typing import Any

from django.db.models import QuerySet

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.front import to_front
from projects.engine.record import Happened, lock_build, record
from projects.models import Task
from projects.states import BUILD_LIVE, PERSON, RECOVERY, TaskState

# The next `most` tasks follow so many seconds later, and so on; a failure of the first stops nobody but delays them by
# their own ladder.
SPREAD_S = 10.0
# How many are looked at; more find their turn by their own timers.
REACH = 1000


def wake_waiting(workspace_id: uuid.UUID | None, *, reason_prefix: str, most: int) -> int:
    """WAITING → READY for at most `most` tasks whose wait reason begins with `reason_prefix`, those that have waited
    longest first, by turns of workspaces where none is named. They go before the other work of their workspace. Those
    behind them wake by themselves, `most` each SPREAD_S seconds, but none later than it would have. Gives how many
    woke now."""
    waiting = Task.objects.filter(
        state=TaskState.WAITING, wait_reason__startswith=reason_prefix, build__state__in=BUILD_LIVE
    ).exclude(wait_reason__in=[RECOVERY, PERSON])
    if workspace_id is not None:
        waiting = waiting.filter(build__workspace_id=workspace_id)
    tasks = _by_turns(waiting)
    woken = sum(wake(task, front=True) for task in tasks[:most])
    for place, task in enumerate(tasks[most:]):
        _bring_forward(task, SPREAD_S * (1 + place // max(1, most)))
    return woken


def wake(task: Task, *, front: bool = False) -> bool:
    """WAITING → READY; False where it no longer waits as it was read."""

    def apply() -> bool:
        lock_build(task.build_id)
        waiting = Task.objects.filter(
            pk=task.pk, epoch=task.epoch, state=TaskState.WAITING, next_run_at=task.next_run_at
        )
        changes: dict[str, Any] = {"state": TaskState.READY, "wait_reason": ""}
        if front:
            changes |= {"priority": to_front(), "next_run_at": None}
        if not waiting.update(**changes):
            return False
        payload = {"key": task.key, "epoch": task.epoch, "after": task.wait_reason}
        record(task.build_id, [Happened(type="task.ready", task_id=task.pk, payload=payload)], ring=True)
        return True

    return write(apply)


def _by_turns(waiting: QuerySet[Task]) -> list[Task]:
    """One of each workspace after the other, in each those first whose last sign of progress is the oldest: nothing
    moves while a task waits."""
    of: dict[uuid.UUID, list[Task]] = defaultdict(list)
    found = waiting.select_related("build").order_by("progress_at", "pk")
    for task in found[:REACH]:
        of[task.build.workspace_id].append(task)
    return [task for task in chain(*zip_longest(*of.values())) if task is not None]


def _bring_forward(task: Task, in_s: float) -> bool:
    """It wakes in so many seconds at the latest, in front."""
    later = Task.objects.filter(
        pk=task.pk, epoch=task.epoch, state=TaskState.WAITING, next_run_at__gt=db_now(plus_s=in_s)
    )
    return write(lambda: bool(later.update(next_run_at=db_now(plus_s=in_s), priority=to_front())))
