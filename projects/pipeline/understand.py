"""Phase 1: the idea becomes a Spec."""

from __future__ import annotations

from autodev.contracts.contexts import AnalyseContext
from autodev.contracts.job import JobKind
from autodev.spec.rules import Refused, Unclear
from autodev.spec.schema import Spec
from projects import review
from projects.engine.context import TaskContext
from projects.engine.outcome import InvalidInput, NewTask, Outcome, Succeeded
from projects.pipeline.job import do_job
from projects.states import Phase

REVIEW = NewTask(
    key=review.KEY, kind=review.KEY, phase=Phase.UNDERSTAND, title="Review the Spec", needs=["understand"],
    milestone="Understood",
)  # fmt: skip


def run(ctx: TaskContext) -> Outcome:
    """Gives the Spec and the tasks that follow. An idea that is refused or says nothing ends the build with the
    reason."""
    build = ctx.build
    ctx.progress(5, "Reading the idea")
    context = AnalyseContext(description=build.idea, constraints=build.constraints, preferences=build.preferences)
    try:
        answer = do_job(ctx, kind=JobKind.ANALYSE, brief=build.idea, context=context)
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
