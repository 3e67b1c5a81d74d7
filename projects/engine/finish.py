"""The ends of an attempt. Each is a compare-and-swap on id, epoch and RUNNING, with its rows in the same transaction.

The epoch stays as it is: after an ambiguous commit the wanted state at our epoch proves that it landed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from autodev.contracts.ports import Fenced
from autodev.lib import rows
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from autodev.lib.rows import Answer, Statement
from projects.engine.bounds import bounded
from projects.engine.claim import Claimed
from projects.engine.now import now_doing
from projects.engine.outcome import Succeeded, Waits
from projects.engine.plain import plain
from projects.engine.progress import tallied, tally, tally_statement
from projects.engine.ready import add_tasks, make_ready
from projects.engine.record import Happened, Held, lock_build, lock_statement, locked, record_held
from projects.engine.settle import settle
from projects.engine.sqltime import now
from projects.engine.timing import UNDECIDED_S, WAIT_LADDER_S
from projects.engine.updates import VERDICT, build_changes
from projects.models import Attempt, AttemptOutcome, Build, Task
from projects.states import RECOVERY, TaskState

FREE: dict[str, Any] = {"lease_owner": "", "lease_expires_at": None}


class HeadMoved(Exception):
    """Another task merged first; merge again onto the new head."""


@dataclass(frozen=True, slots=True)
class Merge:
    """The build's head before and after."""

    old: str
    new: str


def succeed(
    claimed: Claimed, outcome: Succeeded, *, merge: Merge | None = None, then: Callable[[Held], None] | None = None
) -> None:
    """RUNNING → SUCCEEDED or DEGRADED, the merge of its work, new tasks, dependents READY, and the build's end if this
    was the last. `then` is the last step before the build is written, and may add to that. Raises Fenced, HeadMoved."""
    state = TaskState.DEGRADED if outcome.degraded else TaskState.SUCCEEDED
    result = plain(dict(outcome.result))
    if outcome.degraded:
        result.setdefault("degraded", list(outcome.degraded))
    if VERDICT in outcome.build_updates:
        result[VERDICT] = outcome.build_updates[VERDICT]

    def apply() -> None:
        ours = tally_statement(claimed.task.build_id)
        left = {"result": result, "progress": 100, "finished_at": now(), "last_error": ""}
        build, counted = _leave(claimed, state, AttemptOutcome.SUCCEEDED, ours, **left)
        added = add_tasks(build.pk, outcome.add_tasks)
        tasks = tally(build.pk) if added else tallied(counted[0].rows)
        ready = make_ready(build.pk) if tasks.pending else 0
        changes = plain(build_changes(build, outcome.build_updates, degraded=outcome.degraded))
        if tasks.percent > build.progress:
            changes["progress"] = tasks.percent
        if merge is not None:
            changes["head"] = merge.new
        done = _happened(claimed, f"task.{state}", degraded=list(outcome.degraded), added=added)
        held = Held(build)
        held.record(done, only_if={"head": merge.old} if merge else None, ring=bool(ready), **changes)
        if tasks.broken or not tasks.live:
            _write_held(held)
            settle(build.pk, tasks)
        if then is not None:
            then(held)
        _write_held(held)

    _write(claimed, apply, AttemptOutcome.SUCCEEDED)


def _write_held(held: Held) -> None:
    if not held.write():
        raise HeadMoved


def fail_attempt(
    claimed: Claimed,
    *,
    kind: str,
    message: str,
    fingerprint: str,
    outside: bool = False,
    retry_at: dt.datetime | None = None,
    provider: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """RUNNING → WAITING(recovery); spends an attempt, or a wait where the failure is `outside` of the work: the attempt
    is then WAITING in its own row. Recovery is asked next; if this process dies before, the sweep asks."""
    outcome, budget = (AttemptOutcome.WAITING, "waits") if outside else (AttemptOutcome.FAILED, "attempts")

    def apply() -> None:
        error = {"error_kind": kind[:40], "fingerprint": fingerprint}
        more = {"provider": provider[:80], "retry_at": retry_at, "details": plain(dict(details or {}))}
        build, _ = _leave(
            claimed,
            TaskState.WAITING,
            outcome,
            attempt={**error, **more, "error": message},
            wait_reason=RECOVERY,
            next_run_at=db_now(plus_s=UNDECIDED_S),
            last_error=message,
            **{**error, budget: F(budget) + 1},
        )
        record_held(
            build,
            _happened(
                claimed, "task.attempt_failed", kind=kind, message=message, outside=outside, provider=more["provider"]
            ),
            **now_doing(build.pk, waits=claimed.task.pk, reason=RECOVERY),
        )

    _write(claimed, apply, outcome)


def reject(claimed: Claimed, *, code: str, message: str) -> None:
    """RUNNING → FAILED at once: the input is invalid, whoever tries."""

    def apply() -> None:
        build, _ = _leave(
            claimed,
            TaskState.FAILED,
            AttemptOutcome.FAILED,
            attempt={"error_kind": code[:40], "error": message},
            attempts=F("attempts") + 1,
            error_kind=code[:40],
            last_error=message,
            finished_at=db_now(),
        )
        record_held(
            build, _happened(claimed, "task.failed", kind=code, message=message), ring=bool(make_ready(build.pk))
        )
        settle(build.pk)

    _write(claimed, apply, AttemptOutcome.FAILED)


def wait(claimed: Claimed, outcome: Waits) -> None:
    """RUNNING → WAITING for something outside; spends no attempt, but counts on the ladder of waits. Never past the
    deadline."""
    step = min(claimed.task.waits, len(WAIT_LADDER_S) - 1)
    until: Any = db_now(plus_s=WAIT_LADDER_S[step]) if outcome.until is None else outcome.until

    def apply() -> None:
        build = lock_build(claimed.task.build_id)
        _leave(
            claimed,
            TaskState.WAITING,
            AttemptOutcome.WAITING,
            attempt={"error": outcome.reason, "details": {"on": outcome.on} if outcome.on else {}},
            wait_reason=outcome.reason[:200],
            waits=F("waits") + 1,
            next_run_at=bounded(until, build.deadline_at),
        )
        words = now_doing(build.pk, waits=claimed.task.pk, reason=outcome.reason)
        record_held(build, _happened(claimed, "task.waiting", reason=outcome.reason), **words)

    _write(claimed, apply, AttemptOutcome.WAITING)


def release(claimed: Claimed) -> None:
    """RUNNING → READY at a shutdown: no attempt, no crash; another worker goes on from the last step."""

    def apply() -> None:
        build, _ = _leave(claimed, TaskState.READY, AttemptOutcome.RELEASED)
        record_held(build, _happened(claimed, "task.released"), ring=True)

    _write(claimed, apply, AttemptOutcome.RELEASED)


def _leave(
    claimed: Claimed,
    state: TaskState,
    outcome: AttemptOutcome,
    *along: Statement,
    attempt: dict[str, Any] | None = None,
    **changes: Any,
) -> tuple[Build, list[Answer]]:
    """Takes the build's row, then the fence and the attempt's end, and what goes `along`; gives the build and the
    answers of those. Raises Fenced."""
    running = {"id": claimed.task.pk, "epoch": claimed.epoch, "state": TaskState.RUNNING}
    row = {"task_id": claimed.task.pk, "epoch": claimed.epoch}
    build, fenced, _, *answers = rows.together(
        lock_statement(claimed.task.build_id),
        rows.change(Task, running, {"state": state, **FREE, **changes}),
        rows.change(Attempt, row, {"outcome": outcome, "finished_at": now(), **(attempt or {})}),
        *along,
    )
    if not fenced.reached:
        raise Fenced(f"task {claimed.task.pk} is no longer ours at epoch {claimed.epoch}")
    return locked(claimed.task.build_id, build.rows), answers


def _happened(claimed: Claimed, type_: str, **payload: Any) -> Happened:
    task = claimed.task
    return Happened(type=type_, task_id=task.pk, payload={"key": task.key, "epoch": claimed.epoch, **payload})


def _write(claimed: Claimed, apply: Callable[[], None], outcome: AttemptOutcome) -> None:
    def landed() -> bool | None:
        return Attempt.objects.filter(task_id=claimed.task.pk, epoch=claimed.epoch, outcome=outcome).exists() or None

    failpoint("finish.before")
    write(apply, landed=landed)
    failpoint("finish.after")
