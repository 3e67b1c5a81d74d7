"""The claim: one statement takes the best ready task, whoever else is at it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import connection

from autodev.lib import rows
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from autodev.lib.rows import Sql
from projects.engine.record import SLIM, Happened, record
from projects.engine.sqltime import now_sql, turn_sql
from projects.engine.timing import LEASE_S
from projects.models import Attempt, Build, Task
from projects.states import PHASE_ORDER, BuildState, Phase, TaskState


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that is ours at this epoch."""

    task: Task
    epoch: int


# Round robin over workspaces by when they were last served; inside one, the build's priority, then the task's.
CLAIM = """
UPDATE projects_task SET state = 'running', epoch = epoch + 1, lease_owner = %s, lease_expires_at = {lease_end},
       progress = 0, progress_at = {now}, started_at = COALESCE(started_at, {now}), next_run_at = NULL, wait_reason = ''
 WHERE id = (
   SELECT t.id FROM projects_task t
     JOIN projects_build b ON b.id = t.build_id AND b.state IN ('queued', 'running')
     LEFT JOIN projects_turn u ON u.workspace_id = b.workspace_id
    WHERE t.state = 'ready' AND (t.next_run_at IS NULL OR t.next_run_at <= {now}) {only_build}
    ORDER BY (u.served_at IS NOT NULL), u.served_at, b.priority, t.priority, t.id
    LIMIT 1 {skip_locked})
   AND state = 'ready'
RETURNING {columns}
"""
# What the way through a task reads of it; anything else is read when it is asked for.
COLUMNS = (
    "id", "build_id", "key", "kind", "phase", "title", "params", "state", "epoch", "lease_owner", "attempts", "crashes",
    "waits", "last_error", "base", "head",
)  # fmt: skip
SERVED = """
INSERT INTO projects_turn (workspace_id, served_at) VALUES (%s, {now})
ON CONFLICT (workspace_id) DO UPDATE SET served_at = excluded.served_at
"""


class _Paused(Exception):
    """The build left QUEUED and RUNNING between the choice and its update; the claim is undone."""


def claim(owner: str, *, build_id: uuid.UUID | None = None) -> Claimed | None:
    """Takes a task for `owner`, with its Attempt, event and the workspace's turn in the same transaction; None where
    nothing is ready. With `build_id` only tasks of that build."""

    def take() -> Claimed | None:
        task = _take_row(owner, build_id)
        if task is None:
            return None
        _record_start(task, owner)
        return Claimed(task, task.epoch)

    try:
        claimed = write(take)
    except _Paused:
        return None
    if claimed is not None:
        failpoint("claim.after")
    return claimed


def something_ready(*, build_id: uuid.UUID | None = None) -> bool:
    """Whether a claim would find a task; reads only."""
    ready = Task.objects.filter(state=TaskState.READY, build__state__in=[BuildState.QUEUED, BuildState.RUNNING])
    if build_id:
        ready = ready.filter(build_id=build_id)
    return ready.exclude(next_run_at__gt=db_now()).exists()


def _take_row(owner: str, build_id: uuid.UUID | None) -> Task | None:
    statement = CLAIM.format(
        now=now_sql(),
        lease_end=now_sql(plus_s=LEASE_S),
        only_build="AND t.build_id = %s" if build_id else "",
        skip_locked="FOR UPDATE OF t SKIP LOCKED" if connection.vendor == "postgresql" else "",
        columns=rows.names(Task, COLUMNS),
    )
    found = rows.fetch(statement, [owner, rows.key(build_id)] if build_id else [owner])
    return rows.instance(Task, found[0], COLUMNS) if found else None


def _record_start(task: Task, owner: str) -> None:
    rows.insert(Attempt(task_id=task.pk, epoch=task.epoch, owner=owner))
    phase = Phase(task.phase)
    payload = {"key": task.key, "title": task.title, "epoch": task.epoch}
    build = record(
        task.build_id,
        [Happened(type="task.claimed", task_id=task.pk, payload=payload)],
        only_if={"state__in": [BuildState.QUEUED, BuildState.RUNNING]},
        columns=SLIM,
        state=BuildState.RUNNING,
        started_at=Sql(f"COALESCE(started_at, {now_sql()})"),
        current_task=task.title,
    )
    if build is None:
        raise _Paused
    if PHASE_ORDER[phase] > PHASE_ORDER[Phase(build.phase)]:
        rows.update(Build, {"id": build.pk}, {"phase": phase})
    rows.run(SERVED.format(now=turn_sql()), [rows.key(build.workspace_id)])
