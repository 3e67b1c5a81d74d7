"""The evidence of a build as one JSON document: requirement → check → result → commit → log excerpt."""

from __future__ import annotations

from typing import Any

from projects.models import Build, Check, Evidence


def evidence_export(build: Build) -> dict[str, Any]:
    """Everything the gate saw at the build's head. Three queries."""
    newest: dict[Any, Evidence] = {}
    for row in Evidence.objects.filter(check_row__build=build, commit=build.head).order_by("created_at", "id"):
        newest[row.check_row_id] = row
    checks = list(Check.objects.filter(build=build).select_related("requirement"))
    return {
        "build": str(build.pk),
        "commit": build.head,
        "requirements": [
            {
                "key": requirement.key,
                "sentence": requirement.sentence,
                "text": requirement.text,
                "understood": requirement.understood,
                "checks": [_check(c, newest.get(c.pk)) for c in checks if c.requirement_id == requirement.pk],
            }
            for requirement in build.requirements.all()
        ],
        "ladder": [_check(c, newest.get(c.pk)) for c in checks if c.requirement_id is None],
    }


def _check(check: Check, evidence: Evidence | None) -> dict[str, Any]:
    return {
        "key": check.key,
        "title": check.title,
        "required": check.required,
        "digest": check.digest,
        "definition": check.definition,
        "result": evidence.result if evidence else "not_run",
        "commit": evidence.commit if evidence else None,
        "sandbox_level": evidence.sandbox_level if evidence else None,
        "at": evidence.created_at.isoformat() if evidence else None,
        "excerpt": evidence.excerpt if evidence else "",
        "details": evidence.details if evidence else {},
    }
