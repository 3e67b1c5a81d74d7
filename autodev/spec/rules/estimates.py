"""How much work a Spec is and what is risky about it: counted, not guessed."""

from __future__ import annotations

from typing import Literal

from autodev.spec.schema import Risk, Spec

_WEIGHTS = {"no_overlap": 3, "stock": 3, "deadline": 2, "transition": 2, "limit_per_owner": 2}


def complexity(spec: Spec) -> Literal["simple", "medium", "complex"]:
    """Points: 2 an entity, 1 a relation, action or feature, 1–3 a rule, 4 for what is live."""
    points = 2 * len(spec.entities) + len(spec.features) + 2 * len(spec.commands)
    for entity in spec.entities:
        points += (
            len(entity.relations) + len(entity.actions) + sum(_WEIGHTS.get(rule.family, 1) for rule in entity.rules)
        )
    points += 4 if spec.project_type == "realtime" else 0
    points += sum(not requirement.understood for requirement in spec.requirements)
    if points <= 8:
        return "simple"
    return "medium" if points <= 24 else "complex"


def risks(spec: Spec) -> list[Risk]:
    """What may go wrong, from what the Spec holds."""
    found: list[Risk] = []
    unmet = [r for r in spec.requirements if not r.understood]
    if unmet:
        found.append(
            Risk(
                text=f"{len(unmet)} part(s) of the description were not understood and will not be met.",
                severity="high",
            )
        )
    families = {rule.family for entity in spec.entities for rule in entity.rules}
    if families & {"no_overlap", "stock", "limit_per_owner", "once_per_user"}:
        found.append(
            Risk(
                text="Rules that count other records can be broken by two requests at once unless they are checked in the transaction.",
                severity="medium",
            )
        )
    if families & {"deadline", "duration"} or any(
        f.type in {"date", "datetime"} for e in spec.entities for f in e.fields
    ):
        found.append(
            Risk(
                text="Times are kept in UTC; people in other time zones see dates shifted unless they are shown in local time.",
                severity="low",
            )
        )
    if spec.has("auth"):
        found.append(
            Risk(text="Passwords are stored: they must be hashed and log-in attempts limited.", severity="medium")
        )
    if spec.project_type == "unknown":
        found.append(Risk(text="What kind of product is wanted was not said.", severity="high"))
    return found
