"""What the tests of the analyser ask of a Spec."""

from __future__ import annotations

from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.rules import analyse
from autodev.spec.schema import RuleSpec, Spec
from tests.spec.rules.product import failures

DIALECTS = {"cli": "cli", "web_app": "html_forms"}


def rules_of(spec: Spec) -> list[tuple[str, RuleSpec]]:
    """Every rule with its entity's name, those that actions require among them."""
    return [
        (entity.name, rule)
        for entity in spec.entities
        for rule in (*entity.rules, *(rule for action in entity.actions for rule in action.requires))
    ]


def families(spec: Spec) -> set[str]:
    return {rule.family for _, rule in rules_of(spec)}


def rule(spec: Spec, family: str) -> RuleSpec:
    """The first rule of the family; fails where there is none."""
    found = [rule for _, rule in rules_of(spec) if rule.family == family]
    assert found, f"no rule of the family {family}; there are {sorted(families(spec))}"
    return found[0]


def unmet(spec: Spec) -> list[str]:
    """The sentences that were not understood."""
    return [requirement.sentence for requirement in spec.requirements if not requirement.understood]


def read(description: str) -> Spec:
    """The Spec, checked for what must hold of every one: each scenario compiles in the dialects, and a product made to the Spec passes it."""
    spec = analyse(description)
    if spec.project_type not in {"static_page", "library", "unknown"}:
        for requirement in spec.requirements:
            compile_requirement(spec, requirement, DIALECTS.get(spec.project_type, "rest_json"))
            if spec.project_type != "cli":
                compile_requirement(spec, requirement, "html_forms")
    if spec.project_type in {"rest_api", "web_app", "realtime"}:
        assert failures(spec) == []
    for requirement in spec.requirements:
        assert requirement.understood == bool(requirement.scenarios or requirement.checks), requirement.id
    return spec
