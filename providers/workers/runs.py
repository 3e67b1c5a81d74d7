"""A run of an agent program as the ledger and its circuit see it."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from time import monotonic

from autodev.contracts.job import Job, JobResult
from providers import ledger
from providers.chat import TokenUsage
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.live import process
from providers.routing import background, wiring
from providers.routing.need import Need
from providers.routing.ports import Reservation, Settlement
from providers.states import CallOutcome, CallPurpose
from providers.targets import Target
from providers.workers.seam import in_caller, uuid_of

NOTHING = Decimal(0)
# What perform itself says of a kind that broke.
WORDS = {"tool": FailureKind.FRAMEWORK_ERROR}


async def counted(
    job: Job, target: Target, work: Callable[[], Awaitable[JobResult]], *, decision_id: uuid.UUID | None
) -> JobResult:
    """Does the work and notes how it ended. One that was cut off by its owner says nothing about the program."""
    need = Need(
        workspace_id=target.workspace_id, task_kind=str(job.kind), purpose=CallPurpose.AGENT,
        project_id=job.project_id, build_id=job.build_id, task_id=uuid_of(job.task_id),
    )  # fmt: skip
    call_id = await in_caller(partial(ledger.run_begun, need, target, decision_id=decision_id))
    live, began = process.live(), monotonic()
    live.asked(target)
    try:
        result = await work()
    except NotForThisJob as word:
        await in_caller(partial(ledger.settle, call_id, _ended(CallOutcome.ABANDONED, began, failure_of(word))))
        raise
    except ProviderFailure as failed:
        failure = failure_of(failed)
        total_ms = 1000 * (monotonic() - began)
        live.failed(target=target, key=None, failure=failure, first_token_ms=None, total_ms=total_ms)
        await in_caller(partial(ledger.settle, call_id, _ended(CallOutcome.FAILED, began, failure)))
        raise
    except BaseException:
        # Nobody waits for this coroutine any more: the ledger's own threads write it.
        background.start(_abandoned(need, target, call_id, began))
        raise
    live.succeeded(target=target, key=None, first_token_ms=None, total_ms=1000 * (monotonic() - began))
    await in_caller(partial(ledger.settle, call_id, _ended(CallOutcome.SUCCEEDED, began)))
    return result


def failure_of(failed: ProviderFailure) -> Failure:
    """As the ledger and the circuits know failures. A kind that nobody knows is `unknown`."""
    kind = WORDS.get(failed.kind)
    if kind is None:
        kind = FailureKind(failed.kind) if failed.kind in set(FailureKind) else FailureKind.UNKNOWN
    return Failure(kind=kind, message=str(failed), reason="agent_program", retry_after_s=failed.retry_after_s)


def _ended(outcome: CallOutcome, began: float, failure: Failure | None = None) -> Settlement:
    return Settlement(
        outcome=outcome, usage=TokenUsage(), cost_usd=NOTHING, total_ms=1000 * (monotonic() - began), failure=failure
    )


async def _abandoned(need: Need, target: Target, call_id: uuid.UUID, began: float) -> None:
    reservation = Reservation(
        need=need, request_id=call_id, attempt=1, target=target, key=None, estimate_usd=NOTHING, input_tokens=0,
        choice=None, decision_id=None,
    )  # fmt: skip
    await wiring.ports().ledger.settle(call_id, reservation, _ended(CallOutcome.ABANDONED, began))
