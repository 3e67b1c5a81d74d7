"""Writes what was measured at a commit: evidence, findings, and the figures of the build."""

from __future__ import annotations

from typing import Any

from projects.checks.acceptance.types import CheckOutcome
from projects.checks.types import RungResult
from projects.engine.context import TaskContext
from projects.fixes.refine import RefineResult
from projects.models import Check, Evidence, Finding
from projects.pipeline.proof import Proof

FINDINGS_KEPT = 200


def record_proof(ctx: TaskContext, proof: Proof, *, commit: str) -> None:
    """One evidence row for each check and the findings of each rung, behind the fence. The same proof twice adds
    nothing."""
    checks = {row.key: row for row in Check.objects.filter(build_id=ctx.task.build_id)}

    def apply() -> None:
        for rung in proof.report.rungs:
            row = checks.get(rung.key)
            if row is not None and _evidence(ctx, row, commit, **_of_rung(rung)):
                _findings(ctx, row, commit, rung)
        for key, outcome in proof.outcomes.items():
            _evidence(ctx, checks[key], commit, **_of_outcome(outcome))

    ctx.write(apply)


def record_fixed(ctx: TaskContext, done: RefineResult, *, commit: str) -> None:
    """Notes at the findings of `commit` which kept fix removed them, and at no others."""

    def apply() -> None:
        measured = Finding.objects.filter(build_id=ctx.task.build_id, commit=commit)
        measured.exclude(fixed_by="").update(fixed_by="")
        for tried in done.tried:
            for key, gone in tried.fixed:
                row = measured.filter(
                    check_row__key=key, file=gone.file[:400], rule=gone.rule[:120], message=gone.message, fixed_by=""
                ).first()
                if row is not None:  # what an earlier fix brought to light was never recorded
                    Finding.objects.filter(pk=row.pk).update(fixed_by=tried.fix.fixer[:80])

    ctx.write(apply)


def figures(proof: Proof) -> dict[str, Any]:
    """What of a proof belongs to the build's metrics."""
    found: dict[str, Any] = {"ladder_ms": proof.report.wall_ms, "tools": dict(proof.report.tools)}
    tests = proof.report.rung("tests")
    if tests is not None:
        counts = [tests.metrics[key] for key in ("passed", "failed", "error") if key in tests.metrics]
        found |= {"tests": sum(counts) if counts else None, "coverage": tests.metrics.get("coverage")}
    smoke = proof.report.rung("smoke")
    if smoke is not None:
        found["smoke"] = dict(smoke.metrics)
    found["rungs"] = {rung.key: {"status": rung.status, "ms": rung.wall_ms} for rung in proof.report.rungs}
    return found


def _evidence(ctx: TaskContext, row: Check, commit: str, **values: Any) -> bool:
    _, made = Evidence.objects.get_or_create(
        check_row=row, task_id=ctx.task.id, epoch=ctx.task.epoch, commit=commit, defaults=values
    )
    return made


def _of_rung(rung: RungResult) -> dict[str, Any]:
    first = next((f"{f.place} {f.message}".strip() for f in rung.findings if f.severity == "error"), "")
    return {
        "result": rung.status,
        "excerpt": rung.excerpt,
        "details": {"reason": rung.reason or first, "metrics": dict(rung.metrics)},
        "sandbox_level": rung.level.name.lower(),
        "duration_ms": rung.wall_ms,
    }


def _of_outcome(outcome: CheckOutcome) -> dict[str, Any]:
    return {
        "result": outcome.status,
        "excerpt": outcome.excerpt,
        "details": {
            "reason": outcome.failure,
            "digest": outcome.digest,
            "steps": [{"ok": s.ok, "said": s.said, "expected": s.expected, "got": s.got} for s in outcome.steps],
        },
        "sandbox_level": outcome.level.name.lower(),
        "duration_ms": outcome.wall_ms,
    }


def _findings(ctx: TaskContext, row: Check, commit: str, rung: RungResult) -> None:
    """The findings of the newest measurement of the commit, in place of those of an earlier one."""
    Finding.objects.filter(check_row=row, commit=commit).delete()
    Finding.objects.bulk_create(
        Finding(
            build_id=ctx.task.build_id, check_row=row, commit=commit, file=finding.file[:400], line=finding.line,
            column=finding.column, rule=finding.rule[:120], severity=finding.severity, message=finding.message,
            hint=finding.hint,
        )
        for finding in rung.findings[:FINDINGS_KEPT]
    )  # fmt: skip
