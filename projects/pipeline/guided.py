"""What recovery changed for this attempt, as the phases use it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from autodev.contracts.job import JobGuidance
from projects.engine.outcome import Outcome, Succeeded
from projects.guidance import Guidance, guidance_of

if TYPE_CHECKING:
    from projects.engine.context import TaskContext

RESULT = "recovery"


def guidance(ctx: TaskContext) -> Guidance:
    """What stands in the task's params."""
    return guidance_of(ctx.task.params)


def for_job(guided: Guidance) -> JobGuidance:
    """What of it a provider is to know: whom not to ask, what failed, and the approach in words."""
    way = str(guided.approach.get("told", ""))
    told = [guided.told(), f"Go about it in this way: {way}" if way else ""]
    return JobGuidance(avoid=guided.avoid, told="\n".join(part for part in told if part))


def with_recovery(ctx: TaskContext, outcome: Outcome) -> Outcome:
    """The outcome, whose result says what it came about by where recovery had changed something: the strategy, the
    approach, who did the work, and of a fallback its size in per cent."""
    guided = guidance(ctx)
    if not guided.strategy or not isinstance(outcome, Succeeded):
        return outcome
    told: dict[str, Any] = {"strategy": guided.strategy, "attempt": ctx.task.attempt}
    if "provider" in outcome.result:
        told["provider"] = outcome.result["provider"]
    if guided.avoid:
        told["avoided"] = list(guided.avoid)
    if guided.approach:
        told["approach"] = str(guided.approach.get("name", ""))
    if guided.percent < 100:
        told["percent"] = guided.percent
    return dataclasses.replace(outcome, result={**outcome.result, RESULT: told})
