"""What was asked, what was checked, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from projects.models import Build, Check, CheckResult, Evidence, Finding, Requirement

SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """A check and its newest result at the build's head, or its newest at all where the head has none."""

    check: Check
    evidence: Evidence | None
    at_head: bool

    @property
    def result(self) -> str:
        """A result at an earlier commit proves nothing about the head."""
        return self.evidence.result if self.evidence and self.at_head else CheckResult.NOT_RUN.value


@dataclass(frozen=True, kw_only=True)
class RequirementReport:
    requirement: Requirement
    checks: list[CheckReport] = field(default_factory=list)

    @property
    def state(self) -> str:
        """`met`: every check passed. `unmet`: one failed. `not_understood`, or `not_run` where evidence is missing."""
        results = {c.result for c in self.checks if c.check.required}
        if CheckResult.FAILED in results:
            return "unmet"
        if not self.requirement.understood:
            return "not_understood"
        return "met" if results == {CheckResult.PASSED.value} else "not_run"


@dataclass(frozen=True, kw_only=True)
class BuildEvidence:
    requirements: list[RequirementReport]
    ladder: list[CheckReport]

    @property
    def met(self) -> int:
        return sum(r.state == "met" for r in self.requirements)


def _newest(build: Build) -> dict[object, Evidence]:
    """Check id → its newest evidence, those at the head before all others. One query."""
    ranked = Evidence.objects.filter(check_row__build=build).annotate(
        rank=Window(
            RowNumber(),
            partition_by=[F("check_row_id")],
            order_by=[_at_head(build).desc(), F("created_at").desc(), F("id").desc()],
        )
    )
    return {row.check_row_id: row for row in ranked.filter(rank=1)}


def _at_head(build: Build) -> Case:
    return Case(When(commit=build.head, then=Value(1)), default=Value(0), output_field=IntegerField())


def evidence_of(build: Build) -> BuildEvidence:
    """Every requirement with its checks, and the rungs of the ladder. Three queries, whatever the number of results."""
    newest = _newest(build)
    by_requirement: dict[object, list[CheckReport]] = {}
    for check in build.checks.order_by("position", "id"):
        row = newest.get(check.pk)
        report = CheckReport(check=check, evidence=row, at_head=row is not None and row.commit == build.head)
        by_requirement.setdefault(check.requirement_id, []).append(report)
    requirements = [
        RequirementReport(requirement=r, checks=by_requirement.get(r.pk, []))
        for r in build.requirements.order_by("position", "id")
    ]
    return BuildEvidence(requirements=requirements, ladder=by_requirement.get(None, []))


def findings_of(build: Build, *, severity: str = "") -> QuerySet[Finding]:
    """What the newest measurement of the head found, and what a kept fix removed before; errors first, then by file and
    line."""
    rows = build.findings.filter(Q(commit=build.head) | ~Q(fixed_by="")).select_related("check_row")
    if severity in SEVERITIES:
        rows = rows.filter(severity=severity)
    rank = Case(
        *(When(severity=s, then=Value(n)) for n, s in enumerate(SEVERITIES)),
        default=Value(9),
        output_field=IntegerField(),
    )
    return rows.order_by(rank, "file", "line", "id")
