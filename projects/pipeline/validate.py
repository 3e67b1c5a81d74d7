"""Phase 5: the ladder and the acceptance checks on the build's head."""

from __future__ import annotations

from autodev.lib.words import counted
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.pipeline.evidence import figures, record_proof
from projects.pipeline.proof import Bench, Tell, frozen_checks


def _teller(ctx: TaskContext, verb: str, low: int, high: int) -> Tell:
    """Tells the progress between two per cents."""

    def tell(done: int, total: int, title: str) -> None:
        ctx.progress(low + (high - low) * done // total, f"{verb}: {title} ({done}/{total})")

    return tell


def run(ctx: TaskContext) -> Outcome:
    """Measures; what is red is not a failure of this task but the next one's work."""
    ctx.progress(2, "Running the ladder")
    bench = Bench(ctx)
    root = ctx.workspace.root
    report = bench.ladder(root, tell=_teller(ctx, "Ran", 2, 60))
    frozen = frozen_checks(ctx.task.build_id)
    ctx.progress(60, f"Running {counted(len(frozen), 'acceptance check')}")
    proof = bench.finish(report, frozen, root=root, tell=_teller(ctx, "Checked", 60, 98))
    record_proof(ctx, proof, commit=ctx.build.head)
    red = [rung.key for rung in proof.report.rungs if rung.status != "passed"]
    red += [key for key, outcome in proof.outcomes.items() if outcome.status != "passed"]
    ctx.progress(98, "Green" if proof.green else f"Not green: {counted(len(red), 'check')}")
    return Succeeded(
        result={"green": proof.green, "not_green": red, "report": proof.report.as_json()},
        build_updates={
            "metrics": {**ctx.build.metrics, **figures(proof)},
            "sandbox_level": proof.level.name.lower(),
            **({"last_green": ctx.build.head} if proof.green else {}),
        },
        merge=False,
    )
