"""What came of decisions: at each sweep, in bulk, from the states of their tasks."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from autodev.lib.db import write
from projects.models import Task
from projects.states import BUILD_FINAL, TASK_BROKEN, TASK_DONE, TASK_LIVE, TaskState
from recovery.apply import OVERTAKEN
from recovery.endings import end
from recovery.models import RecoveryAttempt
from recovery.states import RecoveryState

BATCH = 200
DONE, DONE_IN_PARTS = "The task is done.", "Its parts are done."
DEGRADED = "The task is done in part; it says what was left out."
BROKEN, CANCELLED = "The task ended without success.", "The task was cancelled."


def settle_outcomes() -> int:
    """Gives each applied decision whose task has ended its outcome, and ends plans that were overtaken; gives how many.
    One query on the index of open rows where nothing has ended."""
    return sum(_settle(row) for row in _ended()[:BATCH])


def _ended() -> QuerySet[RecoveryAttempt]:
    """Open rows about which something can be said now."""
    parts = Task.objects.filter(parent=OuterRef("task_id"))
    going = parts.filter(state__in=TASK_LIVE)
    applied = Q(state=RecoveryState.APPLIED) & (
        Q(task__state__in=[*TASK_DONE, *TASK_BROKEN, TaskState.CANCELLED])
        | Q(build__state__in=BUILD_FINAL)
        | (Q(task__state=TaskState.SUPERSEDED) & ~Exists(going))
    )
    overtaken = Q(state=RecoveryState.PLANNED) & ~Q(task__state=TaskState.WAITING, task__epoch=F("epoch"))
    return RecoveryAttempt.objects.filter(applied | overtaken).select_related("task").order_by("created_at")


def _settle(row: RecoveryAttempt) -> int:
    if row.state == RecoveryState.PLANNED:
        return write(lambda: end([row], RecoveryState.EXHAUSTED, OVERTAKEN, learn=False))
    found = outcome_of(row.task.state, _parts_of(row.task))
    if found is None:
        return 0
    state, outcome = found
    return write(lambda: end([row], state, outcome, learn=outcome != CANCELLED))


def _parts_of(task: Task) -> Sequence[str]:
    """The states of all tasks that do the work of a divided one now, those of divided parts included."""
    if task.state != TaskState.SUPERSEDED:
        return ()
    found: list[str] = []
    above = [task.pk]
    while above:
        rows = list(Task.objects.filter(parent__in=above).values_list("pk", "state"))
        found += [state for _, state in rows if state != TaskState.SUPERSEDED]
        above = [pk for pk, state in rows if state == TaskState.SUPERSEDED]
    return found


def outcome_of(state: str, parts: Sequence[str] = ()) -> tuple[RecoveryState, str] | None:
    """The outcome of a decision whose task, or whose build, has ended; None while parts of parts go on. Pure."""
    if any(part in TASK_LIVE for part in parts):
        return None
    if state == TaskState.SUPERSEDED and parts and all(part in TASK_DONE for part in parts):
        return RecoveryState.RECOVERED, DONE_IN_PARTS
    if state == TaskState.SUCCEEDED:
        return RecoveryState.RECOVERED, DONE
    if state == TaskState.DEGRADED:
        return RecoveryState.RECOVERED, DEGRADED
    cancelled = state == TaskState.CANCELLED or TaskState.CANCELLED in parts
    return RecoveryState.EXHAUSTED, CANCELLED if cancelled else BROKEN
