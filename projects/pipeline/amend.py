"""One round, with a model, for what a review found wrong. Kept only where the proof is no worse; it never fails a
build, because a remark is an opinion."""

from __future__ import annotations

from typing import Any

from autodev.contracts.contexts import Problem, RepairContext
from autodev.contracts.job import JobKind
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.pipeline import rounds
from projects.pipeline.evidence import figures, record_proof
from projects.pipeline.job import do_job
from projects.pipeline.proof import Bench, Proof, frozen_checks
from projects.pipeline.quality import work_passed
from projects.pipeline.results import result_of
from projects.pipeline.review import blocking

KEY = "amend"


def run(ctx: TaskContext) -> Outcome:
    """Nothing where no remark says that something is wrong."""
    review = result_of(ctx, "review")
    remarks = blocking(review)
    if not remarks:
        ctx.progress(100, "Nothing to repair")
        return Succeeded(result={"kept": False, "reason": "no remark says that something is wrong"}, merge=False)
    bench, workspace = Bench(ctx), ctx.workspace
    problems = [
        Problem(
            check=f"review by {review['provider']}", message=one.message,
            place=f"{one.path}:{one.line}" if one.line else one.path,
        )
        for one in remarks
    ]  # fmt: skip
    context = RepairContext(spec=Spec.model_validate(ctx.build.spec), blueprint=bench.manifest.name, problems=problems)
    ctx.progress(10, f"Looking at {len(problems)} remarks")
    name = rounds.begin(ctx, KEY)
    try:
        answer = do_job(ctx, kind=JobKind.REPAIR, brief=problems[0].message, context=context, key=name)
    except WorkFailed as failure:
        return _left(ctx, failure.message)
    if workspace.head in {"", workspace.base}:
        return _left(ctx, f"{answer['provider']} changed nothing", by=answer["provider"])
    ctx.progress(70, "Looking whether it got no worse")
    head = workspace.head
    workspace.restore(head)  # the proof is of the commit: what .gitignore names lies in the workspace alone
    proof = _proof(ctx)
    worth = _worth(proof)
    if not proof.green:
        workspace.restore(workspace.base)
        before = _worth(_proof(ctx))
        workspace.restore(head)
        if worth < before:
            work_passed(ctx, passed=False)
            return _left(ctx, "what was done made the proof worse", by=answer["provider"])
    work_passed(ctx, passed=True)
    record_proof(ctx, proof, commit=head)
    told: dict[str, Any] = {"provider": answer["provider"], "cost_usd": answer["cost_usd"], **answer["answer"]}
    updates = {
        "metrics": {**ctx.build.metrics, **figures(proof)}, "sandbox_level": proof.level.name.lower(),
        **({"last_green": head} if proof.green else {}),
    }  # fmt: skip
    result = {**told, "left_open": answer["left_open"], "kept": True, "green": proof.green, "remarks": len(remarks)}
    return Succeeded(result=result, build_updates=updates)


def _proof(ctx: TaskContext) -> Proof:
    """Of the files as they are, with the lock that lies among them."""
    bench, root = Bench(ctx), ctx.workspace.root
    return bench.finish(bench.ladder(root), frozen_checks(ctx.task.build_id), root=root)


def _worth(proof: Proof) -> tuple[int, ...]:
    return (*proof.report.score, sum(one.status == "passed" for one in proof.outcomes.values()))


def _left(ctx: TaskContext, why: str, *, by: object = "") -> Outcome:
    """The product stays as it was reviewed."""
    if ctx.workspace.head not in {"", ctx.workspace.base}:
        ctx.workspace.restore(ctx.workspace.base)
    result = {"kept": False, "reason": why[:500], **({"provider": by} if by else {})}
    return Succeeded(result=result, merge=False)
