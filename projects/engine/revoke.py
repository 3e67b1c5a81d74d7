"""Taking a task from a worker that is gone or makes no progress. The epoch rises, so that it is fenced if it comes
back."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F, Q

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine import disk, hooks
from projects.engine.blame import APART, death_of
from projects.engine.bounds import bounded
from projects.engine.finish import FREE
from projects.engine.now import after
from projects.engine.ready import make_ready
from projects.engine.record import Happened, lock_build, record
from projects.engine.settle import settle
from projects.engine.timing import MAX_CRASHES, UNDECIDED_S, WAIT_LADDER_S
from projects.models import Attempt, AttemptOutcome, Build, Task
from projects.states import RECOVERY, TaskState

POISON = "Its worker died {crashes} times while running it."


def revoke_lost(task: Task, *, expired_only: bool, excused: bool = False) -> bool:
    """RUNNING → READY after the death of its worker, QUARANTINED after the third that counts; `blame` says which do.
    Where several tasks died together again it may be WAITING, so that they are tried apart. False where somebody was
    faster. With `expired_only` the lease must have run out; without it the caller knows that the owner is dead.
    `excused`: nobody could renew leases, and nobody died."""
    death = None if excused else death_of(task)
    counts = death is not None and death.counts
    condition = Q(lease_expires_at__lt=db_now()) if expired_only else Q(lease_owner=task.lease_owner)
    changes: dict[str, Any] = {"state": TaskState.READY}
    if counts and task.crashes + 1 >= MAX_CRASHES:
        message = POISON.format(crashes=task.crashes + 1)
        changes = {"state": TaskState.QUARANTINED, "last_error": message, "error_kind": "worker_lost"}
        changes["finished_at"] = db_now()
    elif death is not None and death.apart_s:
        changes = {"state": TaskState.WAITING, "wait_reason": APART, "next_run_at": _until(task, death.apart_s)}
    last = changes["state"] == TaskState.QUARANTINED
    type_ = "task.quarantined" if last else "task.lost"
    changes["crashes"] = F("crashes") + int(counts)
    revoked = _revoke(task, condition, AttemptOutcome.LOST, type_, changes, death.details() if death else {})
    if revoked:
        hooks.tell_lost(hooks.Lost(task_id=task.pk, epoch=task.epoch, quarantined=last))
    return revoked


def _until(task: Task, delay_s: float) -> Any:
    """Never past the build's deadline."""
    deadline_at = Build.objects.values_list("deadline_at", flat=True).get(pk=task.build_id)
    return bounded(db_now(plus_s=delay_s), deadline_at)


def revoke_stalled(task: Task, *, timeout_s: float) -> bool:
    """RUNNING → WAITING(recovery): the heartbeat lives, but nothing moved for `timeout_s`. Spends an attempt."""
    message = f"No step, output or progress for {timeout_s:.0f} s."
    changes: dict[str, Any] = {
        "state": TaskState.WAITING,
        "wait_reason": RECOVERY,
        "next_run_at": db_now(plus_s=UNDECIDED_S),
        "attempts": F("attempts") + 1,
        "last_error": message,
        "error_kind": "no_progress",
        "fingerprint": "no_progress",
    }
    still = Q(progress_at__lt=db_now(plus_s=-timeout_s))
    return _revoke(task, still, AttemptOutcome.FAILED, "task.stalled", changes)


def revoke_own(task_id: uuid.UUID, epoch: int, *, full: bool = False) -> bool:
    """RUNNING → READY at a shutdown whose handler did not come back in time, or where its end could not be written: no
    attempt, no crash. `full`: the disk had no room for its end, so that it waits like all that found none."""
    task = Task.objects.get(pk=task_id)
    if task.epoch != epoch:
        return False
    if full:
        until = _until(task, WAIT_LADDER_S[min(task.waits, len(WAIT_LADDER_S) - 1)])
        changes = {"state": TaskState.WAITING, "wait_reason": disk.REASON, "next_run_at": until}
        told = {"on": disk.ON, "reason": disk.REASON}
        changes["waits"] = F("waits") + 1
        return _revoke(task, Q(), AttemptOutcome.WAITING, "task.waiting", changes, told)
    return _revoke(task, Q(), AttemptOutcome.RELEASED, "task.released", {"state": TaskState.READY})


def _revoke(
    task: Task,
    condition: Q,
    outcome: AttemptOutcome,
    type_: str,
    changes: dict[str, Any],
    details: dict[str, Any] | None = None,
) -> bool:
    def apply() -> bool:
        lock_build(task.build_id)
        running = Task.objects.filter(condition, pk=task.pk, epoch=task.epoch, state=TaskState.RUNNING)
        if not running.update(**FREE, **{**changes, "epoch": F("epoch") + 1}):
            return False
        Attempt.objects.filter(task=task, epoch=task.epoch).update(
            outcome=outcome,
            finished_at=db_now(),
            error=str(changes.get("last_error") or changes.get("wait_reason", "")),
            error_kind=changes.get("error_kind", ""),
            fingerprint=changes.get("fingerprint", ""),
            details=details or {},
        )
        payload = {"key": task.key, "epoch": task.epoch, "owner": task.lease_owner, **(details or {})}
        happened = Happened(type=type_, task_id=task.pk, payload=payload)
        record(task.build_id, [happened], ring=True, **after(task, changes))
        make_ready(task.build_id)
        settle(task.build_id)
        return True

    return write(apply)
