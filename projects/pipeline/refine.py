"""Phase 6: what the checks found is repaired; a fix is kept only if the ladder gets better, else it is taken back."""

from __future__ import annotations

from typing import Any

from projects.checks.types import LadderReport
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.fixes.refine import RefineResult, refine
from projects.pipeline.evidence import figures, record_fixed, record_proof
from projects.pipeline.proof import Bench, Proof, frozen_checks
from projects.pipeline.results import result_of


def run(ctx: TaskContext) -> Outcome:
    """Nothing where the ladder is green. What it kept is measured whole at its own commit."""
    report = LadderReport.from_json(result_of(ctx, "validate")["report"])
    if report.ok:
        ctx.progress(100, "Nothing to repair")
        return Succeeded(result={"tried": []}, merge=False)
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

    return refine(
        root=workspace.root, run_ladder=bench.ladder, snapshot=snapshot, restore=restore, apply=bench.applier(),
        report=report,
    )  # fmt: skip


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
