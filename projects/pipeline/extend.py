"""Phase 4, with a model: it adds what the blueprint lacks. Kept only where what worked before still works."""

from __future__ import annotations

from typing import Any

from autodev.contracts.contexts import ExtendContext
from autodev.contracts.job import JobKind
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.pipeline.beyond import beyond_the_rules
from projects.pipeline.job import do_job
from projects.pipeline.proof import Bench
from projects.pipeline.results import result_of
from providers import ledger


def run(ctx: TaskContext) -> Outcome:
    """Where nobody does it, what the blueprint made stands, and the gate says what is missing."""
    spec = Spec.model_validate(ctx.build.spec)
    wanted = beyond_the_rules(spec)
    blueprint = str(result_of(ctx, "research")["blueprint"])
    ctx.progress(5, f"Adding what {len(wanted)} requirements want")
    context = ExtendContext(spec=spec, blueprint=blueprint, open_requirements=wanted)
    try:
        answer = do_job(ctx, kind=JobKind.IMPLEMENT, brief="\n".join(wanted), context=context, key="extend")
    except WorkFailed as failure:
        ctx.output(f"{failure.message}\n")
        return Succeeded(result={"kept": False, "reason": failure.message, "failure": failure.kind}, merge=False)
    workspace = ctx.workspace
    told: dict[str, Any] = {"provider": answer["provider"], "cost_usd": answer["cost_usd"], **answer["answer"]}
    if workspace.head in {"", workspace.base}:
        return Succeeded(result={**told, "kept": False, "reason": "nothing was changed"}, merge=False)
    ctx.progress(70, "Looking whether everything still works")
    bench = Bench(ctx)
    after = bench.ladder(workspace.root)
    if not after.ok:
        head = workspace.head
        workspace.restore(workspace.base)
        before = bench.ladder(workspace.root)
        if after.score < before.score:
            ctx.output("What worked before is broken: the changes are not kept.\n")
            ledger.work_passed(ctx.task.id, passed=False)
            reason = f"the checks got worse: {before.score} → {after.score}"
            return Succeeded(result={**told, "kept": False, "reason": reason}, merge=False)
        workspace.restore(head)
    ledger.work_passed(ctx.task.id, passed=True)
    return Succeeded(result={**told, "kept": True}, build_updates={"emergency": False})
