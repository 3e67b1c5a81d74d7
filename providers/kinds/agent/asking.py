"""How a job asks a model: who may answer, for how long and for how much, and what it has cost so far."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from autodev.contracts.job import Job, Usage
from autodev.lib import clock
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.routing.need import Answer, Need

TURN_DEADLINE_S = 600.0


@dataclass
class Bill:
    """What a job has used, replayed turns included."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    provider: str = ""

    def add(self, turn: Mapping[str, Any]) -> None:
        self.input_tokens += turn["input_tokens"]
        self.output_tokens += turn["output_tokens"]
        self.cost_usd += Decimal(turn["cost_usd"])
        self.provider = turn["provider"]

    def usage(self) -> Usage:
        return Usage(input_tokens=self.input_tokens, output_tokens=self.output_tokens, cost_usd=self.cost_usd)


def need_of(job: Job, bill: Bill) -> Need:
    """Raises NotForThisJob for a job of no workspace, ProviderFailure where its time or money is used up."""
    if job.workspace_id is None:
        raise NotForThisJob("the job belongs to no workspace")
    left_s = TURN_DEADLINE_S
    if job.deadline is not None:
        left_s = min(left_s, (job.deadline - clock.utcnow()).total_seconds())
        if left_s <= 0:
            raise ProviderFailure("timeout", "the build's deadline has passed")
    budget = None
    if job.budget_usd is not None:
        budget = job.budget_usd - bill.cost_usd
        if budget <= 0:
            raise ProviderFailure("budget", "the job's budget is used up")
    return Need(
        workspace_id=job.workspace_id, task_kind=str(job.kind), project_id=job.project_id, build_id=job.build_id,
        task_id=_uuid(job.task_id), deadline_s=left_s, budget_usd=budget, emergency=False,
        avoid=job.guidance.avoid,
    )  # fmt: skip


def as_json(answer: Answer) -> dict[str, Any]:
    completion = answer.completion
    return {
        "text": completion.text,
        "tool_calls": [{"id": c.id, "name": c.name, "arguments": c.arguments} for c in completion.tool_calls],
        "finish": str(completion.finish),
        "provider": answer.provider,
        "model": completion.model,
        "input_tokens": completion.usage.input_tokens,
        "output_tokens": completion.usage.output_tokens,
        "cost_usd": str(answer.cost_usd),
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
