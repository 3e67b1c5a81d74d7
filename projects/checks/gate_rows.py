"""Reads a build's rows as the gate's plain data."""

from __future__ import annotations

from typing import Literal, cast

from autodev.sandbox.types import Isolation
from projects.checks.gate import GateCheck, GateEvidence, GateRequirement, Verdict, decide
from projects.models import Build, Check, Evidence, Requirement

# In the definition of a rung's row; an acceptance check's definition is its own.
ADVISORY = "advisory"


def verdict(build: Build, *, min_level: Isolation = Isolation.DEGRADED) -> Verdict:
    """What the gate says of the build at its head. Three queries."""
    requirements = [
        GateRequirement(key=r.key, sentence=r.sentence, understood=r.understood, note=r.note)
        for r in Requirement.objects.filter(build=build)
    ]
    checks = [
        GateCheck(
            key=c.key,
            title=c.title,
            requirement=c.requirement.key if c.requirement else None,
            required=c.required,
            advisory=bool(c.definition.get(ADVISORY)) and c.requirement is None,
            digest=c.digest,
        )
        for c in Check.objects.filter(build=build).select_related("requirement")
    ]
    rows = Evidence.objects.filter(check_row__build=build, commit=build.head).select_related("check_row")
    return decide(requirements, checks, [_evidence(e) for e in rows], head=build.head, min_level=min_level)


def _evidence(row: Evidence) -> GateEvidence:
    """`details.digest` is that of the definition that was run, `details.reason` why it is not green."""
    level = row.sandbox_level.upper()
    return GateEvidence(
        check=row.check_row.key,
        commit=row.commit,
        result=cast("Literal['passed', 'failed', 'not_run']", row.result),
        level=Isolation[level] if level in Isolation.__members__ else Isolation.NONE,
        digest=str(row.details.get("digest", "")),
        reason=str(row.details.get("reason", "")),
    )
