"""An idea becomes a Spec by a model, merged with what the rules read in it."""

from __future__ import annotations

import json
from dataclasses import replace

from pydantic import ValidationError

from autodev.contracts.contexts import AnalyseContext
from autodev.contracts.job import Job, JobResult
from autodev.spec.merge import merge
from autodev.spec.rules import Unclear, analyse
from autodev.spec.schema import Spec
from providers.chat import ChatRequest
from providers.kinds.agent.asking import Bill, need_of
from providers.kinds.agent.failing import failure_of
from providers.kinds.agent.notes import notes
from providers.kinds.agent.prompts import prompt_of
from providers.routing.errors import NoAnswer
from providers.routing.structured import structured


async def analyse_by_model(job: Job, context: AnalyseContext) -> JobResult:
    """The model's Spec with everything that the rules read and it lacks. Where the two contradict each other, so that
    no Spec holds both, the rules' stands and the rest is left open. Raises Refused for a request to do harm, before any
    model is asked, ProviderFailure where no model gave a Spec."""
    rules = _by_rules(context)
    bill = Bill()
    prompt = await prompt_of(job, "analyse")
    request = ChatRequest(
        messages=(
            {"role": "system", "content": prompt.render()},
            {"role": "user", "content": _task(context) + notes(job)},
        ),
    )
    try:
        found = await structured(request, replace(need_of(job, bill), prompt=prompt.id), Spec)
    except NoAnswer as error:
        raise failure_of(error) from error
    by_model = found.value.model_copy(
        update={
            "idea": context.description,
            "constraints": dict(context.constraints),
            "preferences": dict(context.preferences),
        }
    )
    bill.cost_usd = found.answer.cost_usd
    bill.input_tokens = found.answer.completion.usage.input_tokens
    bill.output_tokens = found.answer.completion.usage.output_tokens
    spec, contradictions = _together(by_model, rules)
    left_open = tuple(r.sentence for r in spec.requirements if not r.understood) + contradictions
    return JobResult(answer=spec, provider=found.answer.provider, usage=bill.usage(), left_open=left_open)


def _by_rules(context: AnalyseContext) -> Spec | None:
    """None where the rules read nothing in it: a model may. Raises Refused."""
    try:
        return analyse(context.description, constraints=context.constraints, preferences=context.preferences)
    except Unclear:
        return None


def _together(by_model: Spec, rules: Spec | None) -> tuple[Spec, tuple[str, ...]]:
    if rules is None:
        return by_model, ()
    try:
        return merge(by_model, rules), ()
    except (ValidationError, ValueError) as error:
        return rules, (f"What a model read in the idea contradicts it and was left out: {str(error)[:200]}",)


def _task(context: AnalyseContext) -> str:
    return json.dumps(
        {
            "description": context.description,
            "constraints": dict(context.constraints),
            "preferences": dict(context.preferences),
        },
        ensure_ascii=False,
        default=str,
    )
