"""Phase 1: the idea becomes a Spec."""

from __future__ import annotations

from typing import Any

from autodev.contracts.contexts import AnalyseContext
from autodev.contracts.job import JobKind
from autodev.spec.rules import Refused, Unclear, analyse
from autodev.spec.schema import Spec
from projects import review
from projects.engine.context import TaskContext
from projects.engine.outcome import InvalidInput, NewTask, Outcome, Succeeded, Waits, WorkFailed
from projects.pipeline.awaited import wait_for
from projects.pipeline.job import do_job
from projects.states import Phase
from providers.available import models_there
from providers.kinds.blueprint.adapter import NAME as RULES

MODELS = "agent"  # the kind of provider that is all models
REVIEW = NewTask(
    key=review.KEY, kind=review.KEY, phase=Phase.UNDERSTAND, title="Review the Spec", needs=["understand"],
    milestone="Understood",
)  # fmt: skip


def run(ctx: TaskContext) -> Outcome:
    """Gives the Spec and the tasks that follow. An idea that is refused or says nothing ends the build with the
    reason. Where models are merely away and the rules do not understand all of it, it waits for them for a while."""
    build = ctx.build
    ctx.progress(5, "Reading the idea")
    context = AnalyseContext(description=build.idea, constraints=build.constraints, preferences=build.preferences)
    try:
        answer = _answer(ctx, context)
        if isinstance(answer, Waits):
            return answer
    except Refused as refusal:
        raise InvalidInput(str(refusal), code="refused") from refusal
    except Unclear as unclear:
        raise InvalidInput(f"{unclear} {unclear.hint}".strip(), code="unclear") from unclear
    spec = Spec.model_validate(answer["answer"])
    ctx.progress(95, f"Understood: {spec.title}")
    reviewed = bool(build.options.get(review.OPTION))
    return Succeeded(
        result={"provider": answer["provider"], "entities": [e.name for e in spec.entities], "left_open":
        answer["left_open"]},
        build_updates={"spec": spec.model_dump(mode="json"), "emergency": answer["emergency"]},
        add_tasks=[
            *([REVIEW] if reviewed else []),
            NewTask(
                key="research", kind="research", phase=Phase.RESEARCH, title="Choose the stack and today's versions",
                needs=["understand", *([REVIEW.key] if reviewed else [])], estimate_s=5, milestone="Understood",
            ),
            NewTask(
                key="plan", kind="plan", phase=Phase.PLAN, title="Plan the work and freeze the acceptance checks",
                needs=["research"], estimate_s=1, milestone="Planned",
            ),
        ],
        merge=False,
    )  # fmt: skip


def _answer(ctx: TaskContext, context: AnalyseContext) -> dict[str, Any] | Waits:
    """Models are asked alone first where the rules leave something open, so that it shows whether they are away."""
    idea = context.description
    if models_there(ctx.build.workspace_id) and _open_to_the_rules(context):
        try:
            return do_job(ctx, kind=JobKind.ANALYSE, brief=idea, context=context, avoid=[RULES])
        except WorkFailed as failure:
            wait = wait_for(ctx, failure)
            if wait is not None:
                return wait
            ctx.output(f"No model read it: {failure.message}\n")
            return do_job(ctx, kind=JobKind.ANALYSE, brief=idea, context=context, avoid=[MODELS])
    return do_job(ctx, kind=JobKind.ANALYSE, brief=idea, context=context)


def _open_to_the_rules(context: AnalyseContext) -> bool:
    """Whether the rules leave a sentence of it. Raises Refused."""
    try:
        spec = analyse(context.description, constraints=context.constraints, preferences=context.preferences)
    except Unclear:
        return True
    return any(not requirement.understood for requirement in spec.requirements)
