"""Jobs that a model does by one answer in a given form, without touching files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from autodev.contracts.contexts import AnalyseContext, ExplainContext, PlanContext, ReviewContext, SelectContext
from autodev.contracts.job import Job, JobResult
from providers.kinds.agent.jobs.analyse import analyse_by_model
from providers.kinds.agent.jobs.explain import explain
from providers.kinds.agent.jobs.plan import plan
from providers.kinds.agent.jobs.review import review
from providers.kinds.agent.jobs.select import select

By = Callable[[Job, Any], Awaitable[JobResult]]
BY_CONTEXT: dict[type[Any], By] = {
    AnalyseContext: analyse_by_model,
    SelectContext: select,
    PlanContext: plan,
    ReviewContext: review,
    ExplainContext: explain,
}


def answered_by(context: object) -> By | None:
    """Who does the job with this context by an answer; None where it is work on files."""
    return BY_CONTEXT.get(type(context))


__all__ = ["answered_by"]
