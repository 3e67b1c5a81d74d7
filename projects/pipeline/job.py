"""How a phase asks a provider: the answer is journalled, so that one that was given is replayed, not paid again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from autodev.contracts.job import Job, JobKind, JobResult
from autodev.lib import aio, clock
from projects.engine.context import TaskContext
from projects.engine.outcome import WorkFailed
from projects.pipeline.guided import for_job, guidance
from projects.pipeline.ports import ports_of
from providers.kinds.base import ProviderFailure
from providers.perform import perform

WORKS_ON_FILES = frozenset({JobKind.IMPLEMENT, JobKind.TEST, JobKind.DOCUMENT, JobKind.REPAIR})


def do_job(
    ctx: TaskContext,
    *,
    kind: JobKind,
    brief: str,
    context: Any,
    key: str = "",
    avoid: Sequence[str] = (),
    at_most_s: float | None = None,
) -> dict[str, Any]:
    """The answer of a provider, as JSON: `answer`, `provider`, `emergency`, `left_open`, `cost_usd`. `key` tells two
    jobs of one kind within a task apart; `avoid` are not asked, beside those that recovery names; `at_most_s` bounds
    the job before the build's deadline does.

    What recovery changed goes along: who is not asked, and what is told. Raises WorkFailed where no provider did it,
    and what a provider raises to say that the job itself is wrong.
    """
    build = ctx.build
    told = for_job(guidance(ctx))
    job = Job(
        kind=kind, task_id=str(ctx.task.id), epoch=ctx.task.epoch, brief=brief, context=context,
        ports=ports_of(ctx, files=kind in WORKS_ON_FILES),
        deadline=_deadline(build.deadline_at, at_most_s), budget_usd=build.budget_usd,
        workspace_id=build.workspace_id, project_id=build.project_id, build_id=build.pk, key=key,
        guidance=dataclasses.replace(told, avoid=(*told.avoid, *avoid)),
    )  # fmt: skip

    async def call() -> dict[str, Any]:
        return _as_json(await perform(job))

    try:
        answer: dict[str, Any] = aio.run(ctx.async_journal.once(f"job:{key or kind}", call), cancel=ctx.cancel)
    except ProviderFailure as failure:
        raise _work_failed(failure) from failure
    return answer


def _deadline(deadline: dt.datetime | None, at_most_s: float | None) -> dt.datetime | None:
    if at_most_s is None:
        return deadline
    own = clock.utcnow() + dt.timedelta(seconds=at_most_s)
    return own if deadline is None else min(own, deadline)


def _work_failed(failure: ProviderFailure) -> WorkFailed:
    """The same for the engine, with the moment instead of the seconds."""
    retry_at = None
    if failure.retry_after_s is not None:
        retry_at = clock.utcnow() + dt.timedelta(seconds=failure.retry_after_s)
    return WorkFailed(
        str(failure), kind=failure.kind, outside=failure.outside, retry_at=retry_at, provider=failure.provider,
        details=failure.details,
    )  # fmt: skip


def _as_json(result: JobResult) -> dict[str, Any]:
    answer = result.answer
    if isinstance(answer, BaseModel):
        answer = answer.model_dump(mode="json")
    elif dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        answer = dataclasses.asdict(answer)
    return {
        "answer": answer,
        "provider": result.provider,
        "emergency": result.emergency,
        "left_open": list(result.left_open),
        "cost_usd": str(result.usage.cost_usd),
    }
