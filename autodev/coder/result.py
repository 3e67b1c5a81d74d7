"""From a finished build's rows to a BuildResult."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from autodev.coder.types import BuildResult, Metrics, Problem, RequirementReport
from projects.models import Build, Check, CheckKind, Evidence


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
    )


def requirement_reports(build: Build) -> list[RequirementReport]:
    """Every requirement with its checks' newest results at the build's head."""
    newest = {
        evidence.check_row_id: evidence.result
        for evidence in Evidence.objects.filter(check_row__build=build, commit=build.head).order_by("created_at", "id")
    }
    checks: dict[Any, dict[str, str]] = {}
    for check in Check.objects.filter(build=build, kind=CheckKind.ACCEPTANCE).exclude(requirement=None):
        checks.setdefault(check.requirement_id, {})[check.key] = newest.get(check.pk, "not_run")
    return [
        RequirementReport(
            key=row.key,
            sentence=row.sentence,
            text=row.text,
            result=_met(checks.get(row.pk, {})),
            checks=checks.get(row.pk, {}),
        )
        for row in build.requirements.all()
    ]


def _met(checks: dict[str, str]) -> str:
    if not checks or "not_run" in checks.values():
        return "not_met" if "failed" in checks.values() else "no_evidence"
    return "met" if set(checks.values()) == {"passed"} else "not_met"


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
