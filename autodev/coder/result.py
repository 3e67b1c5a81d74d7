"""From a finished build's rows to a BuildResult."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from autodev.coder.types import BuildResult, Metrics, Problem, RequirementReport
from projects.models import Build
from projects.selectors.evidence import evidence_of

RESULTS = {"met": "met", "unmet": "not_met"}


def build_result(build: Build, path: Path | None) -> BuildResult:
    """The result of a build that has ended; `path` is where its repository was delivered."""
    requirements = requirement_reports(build)
    checks = [result for report in requirements for result in report.checks.values()]
    return BuildResult(
        success=build.success,
        state=build.state,
        build_id=str(build.pk),
        project_path=path,
        tech_stack={name: str(version) for name, version in build.tech_stack.items()},
        metrics=_metrics(build, checks),
        errors=[_problem(item, "error") for item in build.errors],
        warnings=[_problem(item, "warning") for item in build.warnings],
        degraded=[str(sentence) for sentence in build.degraded],
        requirements=requirements,
        merged=build.merged_at is not None,
    )


def requirement_reports(build: Build) -> list[RequirementReport]:
    """Every requirement with its checks' newest results at the build's head."""
    return [
        RequirementReport(
            key=report.requirement.key,
            sentence=report.requirement.sentence,
            text=report.requirement.text,
            result=RESULTS.get(report.state, "no_evidence"),
            checks={check.check.key: check.result for check in report.checks},
        )
        for report in evidence_of(build).requirements
    ]


def _metrics(build: Build, checks: list[str]) -> Metrics:
    measured = build.metrics
    end = build.finished_at or build.created_at
    return Metrics(
        duration_s=round((end - build.created_at).total_seconds(), 3),
        phase_s=measured.get("phase_s", {}),
        files=measured.get("files", 0),
        tests=measured.get("tests"),
        coverage=measured.get("coverage"),
        checks_passed=checks.count("passed"),
        checks_total=len(checks),
        cost_usd=Decimal(str(measured.get("cost_usd", "0"))),
    )


def _problem(item: object, code: str) -> Problem:
    """A row's sentence, or what it holds as code, message and hint."""
    if isinstance(item, dict):
        return Problem(code=item.get("code", code), message=item.get("message", ""), hint=item.get("hint", ""))
    return Problem(code=code, message=str(item))
