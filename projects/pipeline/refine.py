"""Phase 6: what the checks found is repaired, by patterns first, then by what was learned; a fix is kept only if the
ladder gets better, else it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from projects.checks.types import LadderReport
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.fixes.refine import RefineResult, refine
from projects.fixes.types import Fixer
from projects.pipeline.evidence import figures, record_fixed, record_proof
from projects.pipeline.guided import guidance
from projects.pipeline.learned import count, learned_for
from projects.pipeline.left import keep_newest
from projects.pipeline.proof import Bench, Proof, frozen_checks
from projects.pipeline.results import result_of
from projects.pipeline.standing import red_at_head, why_left_out

LEAVE = 60
TURNS = 2  # patterns, then what was learned


def run(ctx: TaskContext) -> Outcome:
    """Nothing where the ladder is green. What it kept is measured whole at its own commit. As a fallback it keeps the
    fixes of earlier attempts that made it better (80 %), or leaves what was measured as it is (60 %)."""
    report = LadderReport.from_json(result_of(ctx, "validate")["report"])
    if report.ok:
        ctx.progress(100, "Nothing to repair")
        return Succeeded(result={"tried": []}, merge=False)
    percent = guidance(ctx).percent
    if percent < 100:
        return _stand_in(ctx, report, percent)
    ctx.progress(5, "Repairing what the checks found")
    workspace = ctx.workspace
    if workspace.head not in {"", workspace.base}:
        # An attempt before this one was cut off after a fix. The report and the lock are those of the base.
        workspace.restore(workspace.base)
    bench = Bench(ctx)
    done = _refine(ctx, bench, report)
    record_fixed(ctx, done, commit=workspace.base)
    if not done.kept:
        return Succeeded(result={"tried": _told(done)}, merge=False)
    proof = bench.finish(done.report, frozen_checks(ctx.task.build_id), root=workspace.root)
    record_proof(ctx, proof, commit=workspace.head)
    return Succeeded(result={"tried": _told(done), "green": proof.green}, build_updates=_updates(ctx, bench, proof))


def _stand_in(ctx: TaskContext, before: LadderReport, percent: int) -> Outcome:
    why = why_left_out(ctx)
    if percent <= LEAVE:
        red = red_at_head(ctx.build)
        said = f"The known fixes were left out, as {why}. Red: {'; '.join(red) or 'nothing'}."
        return Succeeded(degraded=[said], result={"tried": [], "percent": percent}, merge=False)

    def better() -> tuple[Bench, LadderReport] | None:
        bench = Bench(ctx)  # a fix may have added a package to the lock
        report = bench.ladder(ctx.workspace.root)
        return (bench, report) if report.score > before.score else None

    kept = keep_newest(ctx, better)
    if kept is None:
        raise WorkFailed("No fix of the attempts before made it better.", kind="no_fallback")
    commit, (bench, report) = kept
    proof = bench.finish(report, frozen_checks(ctx.task.build_id), root=ctx.workspace.root)
    record_proof(ctx, proof, commit=commit)
    said = f"Only a part of the known fixes was tried, as {why}."
    result = {"tried": [], "percent": percent, "commit": commit, "green": proof.green}
    return Succeeded(degraded=[said], result=result, build_updates=_updates(ctx, bench, proof))


def _refine(ctx: TaskContext, bench: Bench, report: LadderReport) -> RefineResult:
    workspace = ctx.workspace
    packages = {workspace.head or workspace.base: bench.packages}

    def snapshot(title: str) -> str:
        commit = workspace.snapshot(title)
        packages[commit] = bench.packages
        return commit

    def restore(commit: str) -> None:
        workspace.restore(commit)
        bench.packages = packages[commit]

    seen: set[str] = set()

    def turn(before: LadderReport, fixers: Sequence[Fixer] | None) -> RefineResult:
        return refine(
            root=workspace.root, run_ladder=bench.ladder, snapshot=snapshot, restore=restore, apply=bench.applier(),
            report=before, fixers=fixers, seen=seen,
        )  # fmt: skip

    done = turn(report, None)
    for _ in range(TURNS):
        learned = [] if done.report.ok else learned_for(ctx, done.report)
        if not learned:
            break
        tried = turn(done.report, learned)
        for one in tried.tried:
            count(ctx, one)
        done = _joined(done, tried)
        if not tried.kept or done.report.ok:
            break
        done = _joined(done, turn(done.report, None))  # what was hidden behind it may be known to a pattern
    return done


def _joined(first: RefineResult, then: RefineResult) -> RefineResult:
    return replace(then, tried=(*first.tried, *then.tried), rounds=first.rounds + then.rounds)


def _told(done: RefineResult) -> list[dict[str, Any]]:
    return [{"fix": t.fix.fixer, "title": t.fix.title, "outcome": t.outcome, "detail": t.detail} for t in done.tried]


def _updates(ctx: TaskContext, bench: Bench, proof: Proof) -> dict[str, Any]:
    build = ctx.build
    updates: dict[str, Any] = {
        "metrics": {**build.metrics, **figures(proof)},
        "sandbox_level": proof.level.name.lower(),
    }
    if bench.packages.pins:
        updates["tech_stack"] = {**build.tech_stack, **bench.packages.pins}
    if proof.green:
        updates["last_green"] = ctx.workspace.head
    return updates
