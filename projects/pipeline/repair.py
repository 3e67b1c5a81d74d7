"""Phase 6, with a model: it repairs what the pattern fixes could not. Kept only where the proof gets better."""

from __future__ import annotations

from typing import Any

from autodev.contracts.contexts import Problem, RepairContext
from autodev.contracts.job import JobKind
from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.pipeline import rounds
from projects.pipeline.evidence import figures, record_proof
from projects.pipeline.guided import guidance
from projects.pipeline.job import do_job
from projects.pipeline.learned import as_findings, gone_since, learn
from projects.pipeline.left import keep_newest
from projects.pipeline.problems import RED, asked_for, problems_of
from projects.pipeline.proof import Bench, Proof, frozen_checks
from projects.pipeline.quality import work_passed
from projects.pipeline.results import result_of
from projects.pipeline.standing import red_at_head, why_left_out

KEY = "repair"
LEAVE = 60
PROBLEMS_TOLD = 40


def run(ctx: TaskContext) -> Outcome:
    """Nothing where the build's head is green. Raises WorkFailed where nobody repairs it, or it got no better: recovery
    decides what follows. As a fallback it keeps what of the earlier attempts made it better (80 %), or leaves what was
    measured as it is (60 %)."""
    frozen = frozen_checks(ctx.task.build_id)
    bench = Bench(ctx)
    percent = guidance(ctx).percent
    if percent <= LEAVE:
        return _leave(ctx, percent)
    red = ctx.journal.once(RED, lambda: _measured(ctx, bench))
    if not red["problems"]:
        ctx.progress(100, "Nothing to repair")
        return Succeeded(result={"kept": False}, merge=False)
    if percent < 100:
        return _keep_best(ctx, red, percent)
    spec = Spec.model_validate(ctx.build.spec)
    problems = [Problem(**one) for one in red["problems"]]
    context = RepairContext(spec=spec, blueprint=bench.manifest.name, problems=problems)
    ctx.progress(10, f"Repairing {counted(len(problems), 'problem')}")
    name = rounds.begin(ctx, KEY)
    answer = do_job(ctx, kind=JobKind.REPAIR, brief=problems[0].message, context=context, key=name)
    workspace, provider = ctx.workspace, str(answer["provider"])
    told: dict[str, Any] = {
        "provider": provider, "cost_usd": answer["cost_usd"], **answer["answer"], "left_open": answer["left_open"]
    }  # fmt: skip
    if workspace.head in {"", workspace.base}:
        work_passed(ctx, passed=False)
        raise rounds.found_bad(ctx, name, f"{provider} changed nothing.", kind="empty_answer", provider=provider)
    ctx.progress(70, "Looking whether it got better")
    workspace.restore(workspace.head)  # the proof is of the commit: what .gitignore names lies in the workspace alone
    bench = Bench(ctx)  # the lock may be another one now
    proof = bench.finish(bench.ladder(workspace.root), frozen, root=workspace.root)
    better = _worth(proof) > tuple(red["worth"])
    work_passed(ctx, passed=better)
    if not better:
        said = f"It got no better: {'; '.join(f'{p.check}: {p.message}' for p in problems_of(proof))[:1000]}"
        raise rounds.found_bad(ctx, name, said, kind="code_error", provider=provider)
    record_proof(ctx, proof, commit=workspace.head)
    told["learned"] = learn(ctx, gone_since(red.get("findings", ()), proof.report), provider=provider)
    return Succeeded(result={**told, "kept": True, "green": proof.green}, build_updates=_updates(ctx, proof))


def _keep_best(ctx: TaskContext, red: dict[str, Any], percent: int) -> Outcome:
    frozen = frozen_checks(ctx.task.build_id)
    root = ctx.workspace.root

    def better() -> Proof | None:
        bench = Bench(ctx)
        proof = bench.finish(bench.ladder(root), frozen, root=root)
        return proof if _worth(proof) > tuple(red["worth"]) else None

    kept = keep_newest(ctx, better)
    if kept is None:
        raise WorkFailed("Nothing that the attempts before left is better than what was there.", kind="no_fallback")
    commit, proof = kept
    record_proof(ctx, proof, commit=commit)
    left = "; ".join(dict.fromkeys(f"{p.check}: {p.message}" for p in problems_of(proof)))
    said = f"Repaired in part, as {why_left_out(ctx)}. Left: {left[:600] or 'nothing that a check sees'}."
    result = {"kept": True, "percent": percent, "commit": commit, "green": proof.green}
    return Succeeded(degraded=[said], result=result, build_updates=_updates(ctx, proof))


def _leave(ctx: TaskContext, percent: int) -> Outcome:
    red = red_at_head(ctx.build)
    said = f"Not repaired, as {why_left_out(ctx)}: {'; '.join(red) or 'nothing that a check sees'}."
    return Succeeded(degraded=[said], result={"kept": False, "percent": percent}, merge=False)


def _measured(ctx: TaskContext, bench: Bench) -> dict[str, Any]:
    """What is red at the build's head, of that what this task is to repair, and how good the head is. Measured only
    where the phases before left something."""
    if _green_before(ctx):
        return {"problems": [], "worth": []}
    root = ctx.workspace.root
    proof = bench.finish(bench.ladder(root), frozen_checks(ctx.task.build_id), root=root)
    problems = [p for p in problems_of(proof) if asked_for(p, ctx.task.params)]
    told = [vars(p) for p in problems][:PROBLEMS_TOLD]
    return {"problems": told, "worth": list(_worth(proof)), "findings": as_findings(proof.report)}


def _green_before(ctx: TaskContext) -> bool:
    refined = result_of(ctx, "refine")
    return bool(refined["green"] if "green" in refined else result_of(ctx, "validate")["green"])


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
