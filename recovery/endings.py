"""What came of a decision: it failed again, it recovered, or recovery gave up. Each outcome is learned once, in the
transaction that writes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from autodev.lib.clock import db_now
from projects.models import Task
from providers.selectors import now as database_moment
from recovery.guide import first_line
from recovery.learning.write import record_outcome
from recovery.models import RecoveryAttempt
from recovery.states import RecoveryState

# A task that was told recovered and fails again within this time was none: the false positive of seeds 004.
FALSE_POSITIVE_S = 3600.0
OUTCOME_LIMIT = 300


def relapse(task: Task, *, since: RecoveryAttempt) -> int:
    """Former decisions about the task that hold no longer, as it failed again: those without an outcome, and those that
    were told recovered within the hour. In the caller's transaction; gives how many."""
    lately = Q(state=RecoveryState.RECOVERED, ended_at__gt=db_now(plus_s=-FALSE_POSITIVE_S))
    former = RecoveryAttempt.objects.filter(Q(state=RecoveryState.APPLIED) | lately, task=task).exclude(pk=since.pk)
    words = f"It failed again: {first_line(task.last_error)}".strip()[:OUTCOME_LIMIT]
    return end(former, RecoveryState.RELAPSED, words)


def end(rows: Iterable[RecoveryAttempt], state: RecoveryState, outcome: str, *, learn: bool = True) -> int:
    """Writes the outcome of each and learns it, unless it says nothing about the strategy; a row that somebody moved
    meanwhile is left. In the caller's transaction; gives how many were written."""
    found = list(rows)
    if not found:
        return 0
    now = database_moment()
    ended = [row for row in found if _end(row, state, outcome, now)]
    for row in ended if learn else ():
        record_outcome(attempt=row, good=state == RecoveryState.RECOVERED, now=now)
    return len(ended)


def _end(row: RecoveryAttempt, state: RecoveryState, outcome: str, now: dt.datetime) -> bool:
    changes = {"state": state, "outcome": outcome[:OUTCOME_LIMIT], "ended_at": now}
    if state == RecoveryState.RECOVERED:
        changes["was_recovered_at"] = now
    return bool(RecoveryAttempt.objects.filter(pk=row.pk, state=row.state).update(**changes))
