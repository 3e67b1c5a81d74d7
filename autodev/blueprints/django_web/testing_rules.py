"""Tests of the rules that look at other records."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.blueprints.django_web.entities import EntityView
from autodev.blueprints.django_web.relations import RelationView
from autodev.blueprints.django_web.rules import RuleView
from autodev.blueprints.python.crowded_rules import crowd
from autodev.spec.samples import sample
from autodev.spec.schema import FieldSpec


@dataclass(frozen=True)
class CrowdedRule:
    """A rule on creation that `allowed` records pass, with the `shared` relations in common, and one more breaks.
    `limits`: the field of a shared record that sets the limit, by relation. `same_values`: they break it by having all
    their values in common."""

    rule: RuleView
    allowed: int
    shared: tuple[RelationView, ...]
    limits: dict[str, str]
    same_values: bool


def crowded_rules(entity: EntityView) -> list[CrowdedRule]:
    """The entity's rules of that kind."""
    found: list[CrowdedRule] = []
    for rule in entity.rules_on("create"):
        case = crowd(entity.spec, rule.spec.require, _initial)
        if case is not None:
            shared = tuple(r for r in entity.to_one if r.spec.name in case.shared)
            found.append(CrowdedRule(rule, case.allowed, shared, case.limits, case.same_values))
    return found


def _initial(field: FieldSpec) -> object:
    """What a form filled in with samples stores: its boxes are left empty, its choices are made."""
    if not field.is_input:
        return field.default
    if field.type == "boolean":
        return False
    return sample(field) if field.type == "enum" and field.required else None
