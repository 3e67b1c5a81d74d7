"""The facts of workspaces, one query for any number of them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from projects.models import Task
from projects.states import BUILD_LIVE, PERSON, RECOVERY, TASK_LIVE, BuildState, TaskState
from recovery.models import RecoveryAttempt
from recovery.states import RecoveryState
from recovery.workspace.states import Facts

UNDECIDED = (RECOVERY, PERSON)
# Rows of workspace, `recovering` or `degraded`, and number.
Counts = QuerySet[Any, tuple[uuid.UUID, str, int]]
# Quarantine is an end like the other two, though a member can lead out of it.
ENDED = (TaskState.DEGRADED, TaskState.QUARANTINED, TaskState.FAILED)


def facts_of(workspaces: Collection[uuid.UUID] | None = None) -> dict[uuid.UUID, Facts]:
    """Those of each of these workspaces; without any named, of all in which there is something to tell."""
    counted: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: {"recovering": 0, "degraded": 0})
    for one in workspaces or ():
        counted[one]["recovering"] = 0
    if workspaces is None or workspaces:
        parts = [_undecided(workspaces), _decided(workspaces), _degraded(workspaces)]
        for workspace_id, what, number in parts[0].union(*parts[1:], all=True):
            counted[workspace_id][what] += number
    return {workspace_id: Facts(**numbers) for workspace_id, numbers in counted.items()}


def _undecided(workspaces: Collection[uuid.UUID] | None) -> Counts:
    """Tasks that wait for recovery or for a person."""
    waiting = Task.objects.filter(state=TaskState.WAITING, wait_reason__in=UNDECIDED, build__state__in=BUILD_LIVE)
    waiting = waiting if workspaces is None else waiting.filter(build__workspace__in=list(workspaces))
    return _counted(waiting, "build__workspace_id", "recovering")


def _decided(workspaces: Collection[uuid.UUID] | None) -> Counts:
    """Tasks about which was decided and that are not done: they wait, run again, or their parts do."""
    going = Q(task__state__in=[*TASK_LIVE, TaskState.SUPERSEDED]) & ~Q(
        task__state=TaskState.WAITING, task__wait_reason__in=UNDECIDED
    )
    rows = RecoveryAttempt.objects.filter(going, state=RecoveryState.APPLIED, build__state__in=BUILD_LIVE)
    rows = rows if workspaces is None else rows.filter(workspace__in=list(workspaces))
    return _counted(rows, "workspace_id", "recovering")


def _degraded(workspaces: Collection[uuid.UUID] | None) -> Counts:
    """Ends with less than was asked for. Input that was refused failed without recovery, and does not count."""
    rows = Task.objects.filter(unredeemed(), state__in=ENDED, accepted_at=None)
    rows = rows if workspaces is None else rows.filter(build__workspace__in=list(workspaces))
    return _counted(rows, "build__workspace_id", "degraded")


def unredeemed() -> Q:
    """For an ended task: it counts against its workspace, acceptance apart. No later task of its key in the project
    succeeded, and of a failed one recovery gave up."""
    later = Task.objects.filter(
        build__project=OuterRef("build__project"),
        key=OuterRef("key"),
        state=TaskState.SUCCEEDED,
        finished_at__gt=Coalesce(OuterRef("finished_at"), OuterRef("created_at")),
    )
    gave_up = RecoveryAttempt.objects.filter(
        task=OuterRef("pk"), state=RecoveryState.EXHAUSTED, applied_at__isnull=False
    )
    return ~Q(build__state=BuildState.CANCELLED) & ~Exists(later) & (~Q(state=TaskState.FAILED) | Q(Exists(gave_up)))


def _counted(rows: QuerySet[Any], workspace: str, what: str) -> Counts:
    grouped = rows.order_by().values(of=F(workspace)).annotate(what=Value(what), number=Count("pk"))
    counts: Counts = grouped.values_list("of", "what", "number")
    return counts
