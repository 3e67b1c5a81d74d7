"""The evidence of a build as one JSON document: requirement → check → result → commit → log excerpt."""

from __future__ import annotations

from typing import Any

from projects.models import Build
from projects.selectors.evidence import CheckReport, evidence_of


def evidence_export(build: Build) -> dict[str, Any]:
    """Everything the gate saw at the build's head. Three queries."""
    found = evidence_of(build)
    return {
        "build": str(build.pk),
        "commit": build.head,
        "requirements": [
            {
                "key": report.requirement.key,
                "sentence": report.requirement.sentence,
                "text": report.requirement.text,
                "understood": report.requirement.understood,
                "checks": [_check(check) for check in report.checks],
            }
            for report in found.requirements
        ],
        "ladder": [_check(check) for check in found.ladder],
    }


def _check(report: CheckReport) -> dict[str, Any]:
    check, evidence = report.check, report.evidence if report.at_head else None
    return {
        "key": check.key,
        "title": check.title,
        "required": check.required,
        "digest": check.digest,
        "definition": check.definition,
        "result": report.result,
        "commit": evidence.commit if evidence else None,
        "sandbox_level": evidence.sandbox_level if evidence else None,
        "at": evidence.created_at.isoformat() if evidence else None,
        "excerpt": evidence.excerpt if evidence else "",
        "details": evidence.details if evidence else {},
    }
