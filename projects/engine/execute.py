"""One attempt from claim to end: call the handler, merge, finish; whatever happens, the row says what it was."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

from autodev.contracts.ports import Fenced
from autodev.lib.clock import utcnow
from projects.engine import disk, finish, hooks
from projects.engine.claim import Claimed
from projects.engine.context import TaskContext
from projects.engine.failure import describe, redact
from projects.engine.handlers import handler_for
from projects.engine.lease import Lease
from projects.engine.outcome import InvalidInput, Outcome, Succeeded, Waits, WorkFailed
from projects.engine.record import Held
from projects.engine.workspace import point
from projects.models import Build, Task

log = logging.getLogger(__name__)
MERGE_TRIES = 20


def execute(claimed: Claimed, lease: Lease, *, then: Callable[[Held], None] | None = None) -> None:
    """Runs the task to the end of this attempt; `then` is the last step of the transaction in which it succeeds. Raises
    only when the database stays away; the lease then runs out."""
    fields = {"task_id": str(claimed.task.pk), "epoch": claimed.epoch, "build_id": str(claimed.task.build_id)}
    ctx = TaskContext(claimed, lease)
    try:
        _attempt(ctx, claimed, lease, then)
    except Fenced:
        log.warning("task.fenced", extra={**fields, "reason": lease.reason})
    finally:
        ctx.close()


def _attempt(ctx: TaskContext, claimed: Claimed, lease: Lease, then: Callable[[Held], None] | None) -> None:
    try:
        outcome = _call(ctx)
        if isinstance(outcome, Waits):
            finish.wait(claimed, outcome)
        else:
            _succeed(ctx, claimed, outcome, then)
    except Fenced:
        raise
    except (OperationalError, InterfaceError) as error:
        if not disk.is_full(error):
            raise
        _fail(ctx, claimed, lease, error)
    except InvalidInput as error:
        finish.reject(claimed, code=error.code, message=redact(error.message))
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - every failure of the work becomes a record
        _fail(ctx, claimed, lease, error)


def _call(ctx: TaskContext) -> Outcome:
    handler = handler_for(ctx.task.kind)
    if handler is None:
        raise WorkFailed(f"No handler does tasks of the kind {ctx.task.kind!r}.", kind="no_handler")
    ctx.check_alive()
    return handler(ctx)


def _succeed(ctx: TaskContext, claimed: Claimed, outcome: Succeeded, then: Callable[[Held], None] | None) -> None:
    if not isinstance(outcome, Succeeded):
        raise TypeError(f"the handler of {ctx.task.kind!r} gave {outcome!r}, not an outcome")
    if outcome.merge and ctx.opened_workspace is not None:
        ctx.opened_workspace.snapshot(ctx.task.title)
    _finish_merged(ctx, claimed, outcome, then)


def _finish_merged(ctx: TaskContext, claimed: Claimed, outcome: Succeeded, then: Callable[[Held], None] | None) -> None:
    """Finishes the task with its work merged into the build's head, again where another task merged first. Raises
    MergeConflict, Fenced."""
    for _ in range(MERGE_TRIES):
        merge = _merge(ctx) if outcome.merge else None
        try:
            finish.succeed(claimed, outcome, merge=merge, then=then)
        except finish.HeadMoved:
            continue
        if merge is not None and ctx.opened_workspace is not None:
            point(ctx.opened_workspace.repository, f"build/{ctx.task.build_id}", merge.new)
        return
    raise WorkFailed("The build's head kept moving while this task was merged.", kind="merge_contention")


def _merge(ctx: TaskContext) -> finish.Merge | None:
    head = ctx.task.head  # of earlier attempts; only an opened workspace can have moved it
    if ctx.opened_workspace is not None:
        row = Task.objects.values_list("head", flat=True).get(pk=ctx.task.id)
        head = ctx.opened_workspace.stands(row)
    if not head:
        return None
    workspace = ctx.workspace
    old = Build.objects.values_list("head", flat=True).get(pk=ctx.task.build_id)
    new = workspace.repository.merge(old, head, message=f"{ctx.task.title}\n", date=utcnow()) if old else head
    return finish.Merge(old, new)


def _fail(ctx: TaskContext, claimed: Claimed, lease: Lease, error: BaseException) -> None:
    """The attempt failed, or was stopped: then the reason decides, whatever the handler raised on its way out. A full
    disk is nobody's failure, unless it is the workspace's own limit. Raises OperationalError where the end cannot be
    written: the task is then given back."""
    if lease.reason == "shutdown":
        finish.release(claimed)
        return
    if lease.reason is not None:
        raise Fenced(f"stopped: {lease.reason}")
    files = ctx.opened_workspace
    if disk.is_full(error) and not disk.is_own_limit(files.root if files else None):
        disk.saw_full()
        log.error("task.disk_full", extra={"task_id": str(claimed.task.pk), "epoch": claimed.epoch}, exc_info=error)
        finish.wait(claimed, Waits(reason=disk.REASON, on=disk.ON))
        return
    what = describe(error)
    log.warning("task.attempt_failed", extra={"task_id": str(claimed.task.pk), "kind": what.kind}, exc_info=error)
    finish.fail_attempt(
        claimed, kind=what.kind, message=what.message, fingerprint=what.fingerprint, outside=what.outside,
        retry_at=what.retry_at, provider=what.provider, details=what.details,
    )  # fmt: skip
    hooks.decide(hooks.Failure(task_id=claimed.task.pk, epoch=claimed.epoch))
