"""Tests of the rules that look at other records."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.blueprints.fastapi_service.entities import EntityView, RelationView
from autodev.blueprints.fastapi_service.rules import RuleView
from autodev.blueprints.python.crowded_rules import crowd


@dataclass(frozen=True)
class Shared:
    """A relation whose record all have in common, and the field of that record that sets the limit, if one does."""

    relation: RelationView
    limit: str | None = None


@dataclass(frozen=True)
class CrowdedRule:
    """A rule on creation that `allowed` records pass, with the `shared` relations, and one more breaks. `same_values`:
    they break it by having all their values in common."""

    rule: RuleView
    allowed: int
    shared: tuple[Shared, ...]
    same_values: bool


def crowded_rules(entity: EntityView) -> list[CrowdedRule]:
    """The entity's rules of that kind."""
    found: list[CrowdedRule] = []
    for rule in entity.rules_on("create"):
        case = crowd(entity.spec, rule.spec.require, lambda field: field.default)
        if case is not None:
            shared = [Shared(r, case.limits.get(r.spec.name)) for r in entity.to_one if r.spec.name in case.shared]
            found.append(CrowdedRule(rule, case.allowed, tuple(shared), case.same_values))
    return found
