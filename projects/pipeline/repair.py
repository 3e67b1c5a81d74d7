"""Phase 6, with a model: it repairs what the pattern fixes could not. Kept only where the proof gets better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autodev.contracts.contexts import Problem, RepairContext
from autodev.contracts.job import JobKind
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.pipeline.evidence import figures, record_proof
from projects.pipeline.job import do_job
from projects.pipeline.proof import Bench, Proof, frozen_checks
from projects.pipeline.results import result_of
from providers import ledger

PROBLEMS_TOLD = 40


def run(ctx: TaskContext) -> Outcome:
    """Nothing where the build's head is green."""
    frozen = frozen_checks(ctx.task.build_id)
    bench = Bench(ctx)
    red = ctx.journal.once("red", lambda: _measured(ctx, bench))
    if not red["problems"]:
        ctx.progress(100, "Nothing to repair")
        return Succeeded(result={"kept": False}, merge=False)
    spec = Spec.model_validate(ctx.build.spec)
    problems = [Problem(**one) for one in red["problems"]]
    context = RepairContext(spec=spec, blueprint=bench.manifest.name, problems=problems)
    ctx.progress(10, f"Repairing {len(problems)} problems")
    try:
        answer = do_job(ctx, kind=JobKind.REPAIR, brief=problems[0].message, context=context)
    except WorkFailed as failure:
        ctx.output(f"{failure.message}\n")
        return Succeeded(result={"kept": False, "reason": failure.message, "failure": failure.kind}, merge=False)
    workspace = ctx.workspace
    told: dict[str, Any] = {"provider": answer["provider"], "cost_usd": answer["cost_usd"], **answer["answer"]}
    if workspace.head in {"", workspace.base}:
        return Succeeded(result={**told, "kept": False, "reason": "nothing was changed"}, merge=False)
    ctx.progress(70, "Looking whether it got better")
    proof = bench.finish(bench.ladder(workspace.root), frozen, root=workspace.root)
    better = _worth(proof) > tuple(red["worth"])
    ledger.work_passed(ctx.task.id, passed=better)
    if not better:
        ctx.output("It got no better: the changes are not kept.\n")
        return Succeeded(result={**told, "kept": False, "reason": "the checks got no better"}, merge=False)
    record_proof(ctx, proof, commit=workspace.head)
    return Succeeded(result={**told, "kept": True, "green": proof.green}, build_updates=_updates(ctx, proof))


def _measured(ctx: TaskContext, bench: Bench) -> dict[str, Any]:
    """What is red at the build's head, and how good that is. Measured only where the phases before left something."""
    if _green_before(ctx):
        return {"problems": [], "worth": []}
    root = ctx.workspace.root
    proof = bench.finish(bench.ladder(root), frozen_checks(ctx.task.build_id), root=root)
    return {"problems": [vars(p) for p in _problems(proof)][:PROBLEMS_TOLD], "worth": list(_worth(proof))}


def _green_before(ctx: TaskContext) -> bool:
    refined = result_of(ctx, "refine")
    return bool(refined["green"] if "green" in refined else result_of(ctx, "validate")["green"])


def _problems(proof: Proof) -> Sequence[Problem]:
    found = [
        Problem(check=key, message=f.message, place=f.place, hint=f.hint)
        for key, f in proof.report.findings
        if f.severity == "error"
    ]
    told = {p.check for p in found}
    found += [
        Problem(check=rung.key, message=rung.reason or rung.excerpt[-1500:] or "not green")
        for rung in proof.report.rungs
        if rung.status == "failed" and rung.key not in told
    ]
    found += [
        Problem(check=key, message=f"{outcome.title}: {outcome.failure}")
        for key, outcome in proof.outcomes.items()
        if outcome.status == "failed"
    ]
    return found


def _worth(proof: Proof) -> tuple[int, ...]:
    """Higher is better: the ladder first, then the acceptance checks."""
    return (*proof.report.score, sum(o.status == "passed" for o in proof.outcomes.values()))


def _updates(ctx: TaskContext, proof: Proof) -> dict[str, Any]:
    updates: dict[str, Any] = {
        "metrics": {**ctx.build.metrics, **figures(proof)},
        "sandbox_level": proof.level.name.lower(),
        "emergency": False,
    }
    if proof.green:
        updates["last_green"] = ctx.workspace.head
    return updates
