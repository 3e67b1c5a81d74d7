"""Reads a build's rows as the gate's plain data."""

from __future__ import annotations

from typing import Literal, cast

from autodev.sandbox.types import Isolation
from projects.checks.gate import GateCheck, GateEvidence, GateRequirement, Verdict, decide
from projects.models import Build, Evidence
from projects.selectors.evidence import CheckReport, evidence_of

# In the definition of a rung's row; an acceptance check's definition is its own.
ADVISORY = "advisory"


def verdict(build: Build, *, min_level: Isolation = Isolation.DEGRADED) -> Verdict:
    """What the gate says of the build at its head. Three queries."""
    found = evidence_of(build)
    requirements = [
        GateRequirement(key=r.key, sentence=r.sentence, understood=r.understood, note=r.note)
        for r in (report.requirement for report in found.requirements)
    ]
    checks = [_check(report, None) for report in found.ladder]
    checks += [_check(c, report.requirement.key) for report in found.requirements for c in report.checks]
    reports = [*found.ladder, *(c for report in found.requirements for c in report.checks)]
    evidence = [_evidence(c.check.key, c.evidence) for c in reports if c.evidence is not None and c.at_head]
    return decide(requirements, checks, evidence, head=build.head, min_level=min_level)


def _check(report: CheckReport, requirement: str | None) -> GateCheck:
    check = report.check
    return GateCheck(
        key=check.key,
        title=check.title,
        requirement=requirement,
        required=check.required,
        advisory=requirement is None and bool(check.definition.get(ADVISORY)),
        digest=check.digest,
    )


def _evidence(key: str, row: Evidence) -> GateEvidence:
    """`details.digest` is that of the definition that was run, `details.reason` why it is not green."""
    level = row.sandbox_level.upper()
    return GateEvidence(
        check=key,
        commit=row.commit,
        result=cast("Literal['passed', 'failed', 'not_run']", row.result),
        level=Isolation[level] if level in Isolation.__members__ else Isolation.NONE,
        digest=str(row.details.get("digest", "")),
        reason=str(row.details.get("reason", "")),
    )
