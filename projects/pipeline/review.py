"""Before the delivery, with a model that did not make the work: its remarks are findings. They decide nothing."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from autodev.contracts.answers import Remark, Review
from autodev.contracts.contexts import ReviewContext
from autodev.contracts.job import JobKind
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.models import Finding
from projects.pipeline.advice import WHY, advice
from projects.pipeline.by_models import made_at, makers
from projects.pipeline.results import result_of
from projects.repository.repository import repository_of

DIFF_LIMIT = 60_000
RULE = "review:"
SEVERITY = {"blocking": "warning", "advice": "info"}


def run(ctx: TaskContext) -> Outcome:
    """Never fails for what a model does or does not: an opinion that is not there is none."""
    build, made, by = ctx.build, made_at(ctx), makers(ctx)
    if not made or made == build.head or not by:
        ctx.progress(100, "Nothing to review")
        return _none("no model changed anything")
    diff = repository_of(build.project_id).diff(made, build.head, limit=DIFF_LIMIT)
    text = diff.text if diff.complete else f"{diff.text}\n… (the rest is left out)"
    spec = Spec.model_validate(build.spec)
    context = ReviewContext(spec=spec, blueprint=str(result_of(ctx, "research")["blueprint"]), diff=text, made_by=by)
    ctx.progress(10, "Having it reviewed")
    answer = advice(ctx, kind=JobKind.REVIEW, brief=f"Review what {', '.join(by)} made", context=context)
    if WHY in answer:
        return _none(answer[WHY])
    provider = str(answer["provider"])
    if provider in by:
        return _none(f"{provider} made the work itself")
    try:
        review = Review.model_validate(answer["answer"])
    except ValidationError:
        return _none(f"{provider} gave no review")
    ctx.write(lambda: _record(ctx, provider, review))
    remarks = [one.model_dump() for one in review.remarks]
    told = {"reviewed": True, "provider": provider, "cost_usd": answer["cost_usd"], "made_by": by}
    return Succeeded(result={**told, "summary": review.summary, "remarks": remarks}, merge=False)


def blocking(result: dict[str, Any]) -> list[Remark]:
    """The remarks of a review's result that say that something is wrong."""
    found = [Remark.model_validate(one) for one in result.get("remarks", ())]
    return [one for one in found if one.severity == "blocking"]


def _none(why: str) -> Outcome:
    return Succeeded(result={"reviewed": False, "reason": why, "remarks": []}, merge=False)


def _record(ctx: TaskContext, provider: str, review: Review) -> None:
    """In place of those of an attempt before this one."""
    commit = ctx.build.head
    Finding.objects.filter(build_id=ctx.task.build_id, check_row=None, rule__startswith=RULE).delete()
    Finding.objects.bulk_create(
        Finding(
            build_id=ctx.task.build_id, commit=commit, file=one.path[:400], line=one.line,
            rule=f"{RULE}{provider}"[:120], severity=SEVERITY[one.severity], message=one.message,
        )
        for one in review.remarks
    )  # fmt: skip
