"""Whether recovery has come to rest: states of workspaces, one decision a failed epoch, an outcome for each."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from autodev.accounts.models import Workspace
from bench.chaos.judges.ends import ENDED
from recovery.models import RecoveryAttempt
from recovery.states import RecoveryState
from recovery.workspace.facts import facts_of
from recovery.workspace.states import state_of

OPEN = (RecoveryState.PLANNED, RecoveryState.APPLIED)


def workspace_states() -> tuple[int, Iterable[tuple[object, str]]]:
    """Derived again from the tasks as they are now."""
    rows = dict(Workspace.objects.values_list("pk", "state"))
    wanted = {key: state_of(facts) for key, facts in facts_of(list(rows)).items()}
    wrong = [key for key, state in rows.items() if wanted[key] != state]
    return len(rows), [(key, f"is {rows[key]} and its tasks say {wanted[key]}") for key in wrong]


def recoveries() -> tuple[int, Iterable[tuple[object, str]]]:
    doubled = RecoveryAttempt.objects.values("task_id", "epoch").annotate(times=Count("pk")).filter(times__gt=1)
    found: list[tuple[object, str]] = [
        (row["task_id"], f"{row['times']} decisions on {row['epoch']}") for row in doubled
    ]
    left = RecoveryAttempt.objects.filter(state__in=OPEN, task__state__in=ENDED)
    found += [(one.task_id, f"{one.strategy} is {one.state} and its task has ended") for one in left]
    return RecoveryAttempt.objects.count(), found
