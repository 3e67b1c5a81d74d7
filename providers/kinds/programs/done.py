"""The result of a program's work, kept in the journal: a worker that dies right behind it need not do it again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from autodev.contracts.job import ChangeSummary, Job, JobResult, Usage
from providers.kinds.agents import journal_prefix


async def done_before(job: Job, worker: str) -> JobResult | None:
    """What an earlier process came to. Raises Fenced."""
    found = await job.ports.journal.answers(_key(job, worker))
    return next((_result(worker, data) for data in found.values()), None)


async def done(job: Job, worker: str, result: JobResult) -> JobResult:
    """Keeps it and gives it back. Raises Fenced."""
    answer = result.answer
    data = {
        "title": answer.title, "paths": list(answer.paths), "notes": list(answer.notes),
        "left_open": list(result.left_open), "input_tokens": result.usage.input_tokens,
        "output_tokens": result.usage.output_tokens, "cost_usd": str(result.usage.cost_usd),
    }  # fmt: skip
    await job.ports.journal.record(_key(job, worker), data, title=answer.title, kind="note")
    return result


def _key(job: Job, worker: str) -> str:
    return f"{journal_prefix(job, worker)}done"


def _result(worker: str, data: Mapping[str, Any]) -> JobResult:
    return JobResult(
        answer=ChangeSummary(title=data["title"], paths=tuple(data["paths"]), notes=tuple(data["notes"])),
        provider=worker,
        usage=Usage(
            input_tokens=data["input_tokens"], output_tokens=data["output_tokens"], cost_usd=Decimal(data["cost_usd"])
        ),
        left_open=tuple(data["left_open"]),
    )
