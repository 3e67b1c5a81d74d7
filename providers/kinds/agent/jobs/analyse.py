"""An idea becomes a Spec by a model, merged with what the rules read in it."""

from __future__ import annotations

from typing import Any

from autodev.contracts.answers import Reading
from autodev.contracts.contexts import AnalyseContext
from autodev.contracts.job import Job, JobResult
from autodev.spec.rules import Unclear, analyse
from autodev.spec.schema import Spec
from providers.kinds.agent.jobs.asked import as_task, asked_for
from providers.kinds.agent.jobs.reading import spec_of, together


async def analyse_by_model(job: Job, context: AnalyseContext) -> JobResult:
    """The model's Spec with everything that the rules read and it lacks. Its questions are assumptions of the Spec.
    Contradictions are left open, and the rules' reading holds. Raises Refused for a request to do harm, before any
    model is asked, ProviderFailure where no model gave a Spec."""
    rules = _by_rules(context)
    task = as_task(
        description=context.description, constraints=dict(context.constraints), preferences=dict(context.preferences),
        **_change_of(context),
    )  # fmt: skip
    asked = await asked_for(job, "analyse", Reading, task)
    given = Spec(
        name="given", title="", idea=context.description, project_type="unknown",
        constraints=dict(context.constraints), preferences=dict(context.preferences),
    )  # fmt: skip
    spec, contradictions = together(spec_of(asked.value, given), rules)
    left_open = tuple(r.sentence for r in spec.requirements if not r.understood) + contradictions
    return asked.result(spec, left_open=left_open)


def _change_of(context: AnalyseContext) -> dict[str, Any]:
    """Where a product is there already: what it does now, and in which words it is to change."""
    if context.before is None:
        return {}
    there = context.before.model_dump(mode="json", exclude_defaults=True, exclude={"idea"})
    return {"what_is_there_now_and_stays": there, "only_this_changes": context.change}


def _by_rules(context: AnalyseContext) -> Spec | None:
    """None where the rules read nothing in it: a model may. Raises Refused."""
    try:
        return analyse(context.description, constraints=context.constraints, preferences=context.preferences)
    except Unclear:
        return None
