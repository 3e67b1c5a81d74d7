"""The claim: the build whose turn it is, then its best ready task, by compare-and-swap, whoever else is at it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection

from autodev.lib import rows
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from autodev.lib.rows import Sql, Statement
from projects.engine.front import LIMIT
from projects.engine.policy import turn_sql
from projects.engine.record import SLIM, Happened, Held
from projects.engine.sqltime import now_sql, turn
from projects.engine.timing import LEASE_S
from projects.models import Attempt, Build, Task
from projects.states import PHASE_ORDER, BuildState, Phase, TaskState


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that is ours at this epoch."""

    task: Task
    epoch: int


# Round robin over workspaces by when they were last served, those that recover a little later; inside one, what was
# moved to the front, then by the build's priority and its best task's.
CHOOSE = """
SELECT {columns} FROM projects_build JOIN (
   SELECT build_id, MIN(priority) AS first, MIN(id{text}) AS oldest FROM projects_task
    WHERE state = 'ready' AND (next_run_at IS NULL OR next_run_at <= {now}) {only_build} GROUP BY build_id
   ) waiting ON waiting.build_id = projects_build.id
  JOIN accounts_workspace w ON w.id = projects_build.workspace_id
  LEFT JOIN projects_turn u ON u.workspace_id = projects_build.workspace_id
 WHERE projects_build.state IN ('queued', 'running')
 ORDER BY (u.served_at IS NOT NULL), {turn}, u.served_at, (waiting.first > {front}), projects_build.priority,
       waiting.first, waiting.oldest
 LIMIT 1 {lock}
"""
CLAIM = """
UPDATE projects_task SET state = 'running', epoch = epoch + 1, lease_owner = %s, lease_expires_at = {lease_end},
       progress = 0, progress_at = {now}, started_at = COALESCE(started_at, {now}), next_run_at = NULL, wait_reason = ''
 WHERE state = 'ready' AND id = (
   SELECT id FROM projects_task
    WHERE build_id = %s AND state = 'ready' AND (next_run_at IS NULL OR next_run_at <= {now})
    ORDER BY priority, id LIMIT 1)
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


class _Gone(Exception):
    """Others took the build's last ready task, or paused it, while we waited for its row; choose again."""


def claim(owner: str, *, build_id: uuid.UUID | None = None) -> Claimed | None:
    """Takes a task for `owner`, with its Attempt, event and the workspace's turn in the same transaction; None where
    nothing is ready. With `build_id` only tasks of that build."""

    def take() -> Claimed | None:
        build = _choose(build_id, wait=False) or _choose(build_id, wait=True)
        if build is None:
            return None
        held = Held(build)
        taken = _take(owner, held)
        if taken is None or not held.write():
            raise _Gone
        return taken

    while True:
        try:
            claimed = write(take)
        except _Gone:
            continue
        if claimed is not None:
            failpoint("claim.after")
        return claimed


def claim_along(owner: str, held: Held, *, build_id: uuid.UUID | None = None) -> Claimed | None:
    """As `claim`, as the last step of a transaction of the caller, who holds a build and writes it afterwards: one
    commit less, which is a flush to disk on SQLite, and mostly one UPDATE of the build. It waits for no row, because
    the caller holds some; None says little then. The caller passes `claim.after` once it has committed."""
    build = _choose(build_id, wait=False, held=held)
    if build is None:
        return None
    if build is held.build:
        return _take(owner, held)
    other = Held(build)
    taken = _take(owner, other)
    if taken is not None and not other.write():
        raise _Gone
    return taken


def something_ready(*, build_id: uuid.UUID | None = None) -> bool:
    """Whether a claim would find a task; reads only."""
    ready = Task.objects.filter(state=TaskState.READY, build__state__in=[BuildState.QUEUED, BuildState.RUNNING])
    if build_id:
        ready = ready.filter(build_id=build_id)
    return ready.exclude(next_run_at__gt=db_now()).exists()


def _choose(build_id: uuid.UUID | None, *, wait: bool, held: Held | None = None) -> Build | None:
    """The build whose turn it is, its row taken; None where nothing is ready. On PostgreSQL a build that another writer
    has at the moment is passed over, unless we `wait` for it. The build's row comes before its tasks' rows here too: a
    SKIP LOCKED on tasks keeps the locks of rows that turn out taken, and deadlocked with their ends. Where it is the
    build that the caller holds, it is given as the caller has it."""
    if wait and connection.vendor != "postgresql":
        return None  # the transaction holds the whole database: nothing was passed over
    lock = f"FOR NO KEY UPDATE OF projects_build{'' if wait else ' SKIP LOCKED'}"
    statement = CHOOSE.format(
        columns=rows.names(Build, SLIM, table=True),
        now=now_sql(),
        front=LIMIT,
        turn=turn_sql(served_at="u.served_at", state="w.state", priority="waiting.first"),
        text="::text" if connection.vendor == "postgresql" else "",
        only_build="AND build_id = %s" if build_id else "",
        lock=lock if connection.vendor == "postgresql" else "",
    )
    found = rows.fetch(statement, [rows.key(build_id)] if build_id else [])
    if found and held is not None and found[0][0] == rows.key(held.build.pk):
        return held.build
    return rows.instance(Build, found[0], SLIM) if found else None


def _take(owner: str, held: Held) -> Claimed | None:
    """The best ready task of a build; None where others took the last one before. The build is still to be written."""
    statement = CLAIM.format(now=now_sql(), lease_end=now_sql(plus_s=LEASE_S), columns=rows.names(Task, COLUMNS))
    found = rows.fetch(statement, [owner, rows.key(held.build.pk)])
    if not found:
        return None
    task = rows.instance(Task, found[0], COLUMNS)
    _record_start(task, owner, held)
    return Claimed(task, task.epoch)


def _record_start(task: Task, owner: str, held: Held) -> None:
    build = held.build
    payload = {"key": task.key, "title": task.title, "epoch": task.epoch}
    claimed = Happened(type="task.claimed", task_id=task.pk, payload=payload)
    changes: dict[str, Any] = {"state": BuildState.RUNNING, "current_task": task.title}
    if build.state == BuildState.QUEUED:
        changes["started_at"] = Sql(f"COALESCE(started_at, {now_sql()})")
    if PHASE_ORDER[Phase(task.phase)] > PHASE_ORDER[Phase(build.phase)]:
        changes["phase"] = task.phase
    going = {"state__in": [BuildState.QUEUED, BuildState.RUNNING]}
    attempt = rows.entries(Attempt, {"task_id": task.pk, "epoch": task.epoch, "owner": owner})
    moment, values = turn()
    turned = Statement(SERVED.format(now=moment), [rows.key(build.workspace_id), *values])
    held.record(claimed, attempt, turned, only_if=going, **changes)
