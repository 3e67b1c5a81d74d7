"""The small changes that a person makes by a form: each gives a new Spec and leaves the old one as it is."""

from __future__ import annotations

import json
from typing import Any

from autodev.lib.errors import DomainError
from autodev.spec.editing.renaming import renamed_everywhere
from autodev.spec.editing.uses import about, scenarios_without, uses_of
from autodev.spec.samples import sample
from autodev.spec.scenario import Create, Read, Scenario
from autodev.spec.schema import EntitySpec, FieldSpec, Requirement, RuleSpec, Spec

# Products whose checks make records and read them.
MEASURED_BY_RECORDS = frozenset({"rest_api", "web_app"})


class CannotChange(DomainError):
    """The change does not fit the Spec."""

    code = "spec_change_refused"
    status = 422


def add_field(spec: Spec, *, entity: str, field: FieldSpec) -> Spec:
    """`entity` with one more field, at the end, and a requirement that proves it. Raises CannotChange where the name is
    taken."""
    new = spec.model_copy(deep=True)
    found = _entity(new, entity)
    if found.field(field.name) is not None or found.relation(field.name) is not None:
        raise CannotChange(f"{entity} has {field.name} already.", hint="Choose another name.")
    found.fields.append(field)
    if new.project_type in MEASURED_BY_RECORDS:
        new.requirements.append(_proof_of(new, found, field))
    return new


def _proof_of(spec: Spec, entity: EntitySpec, field: FieldSpec) -> Requirement:
    """A record that is made with the field shows it."""
    words = field.name.replace("_", " ")
    text = f"{entity.plural.replace('_', ' ').capitalize()} have: {words}."
    actor = "admin" if entity.write == "admin" else "alice"
    values: dict[str, Any] = {field.name: sample(field, entity=entity)}
    steps = (
        Create(actor=actor, entity=entity.name, values=values, save="made"),
        Read(actor=actor, entity=entity.name, ref="made", see=values),
    )
    key = _free_id(spec, f"{entity.plural}_{field.name}")
    scenario = Scenario(id=key, title=f"{words.capitalize()} is kept", steps=steps)
    return Requirement(id=key, sentence=text, text=text, scenarios=[scenario], note="Added by a person.")


def _free_id(spec: Spec, stem: str) -> str:
    """An id of at most 63 characters that no requirement has."""
    taken = {requirement.id for requirement in spec.requirements}
    stem = stem[:58]
    return next(key for key in (stem, *(f"{stem}_{n}" for n in range(2, 1000))) if key not in taken)


def rename_field(spec: Spec, *, entity: str, name: str, new_name: str) -> Spec:
    """The field under its new name, wherever the Spec names it. Raises CannotChange where the name is taken, or where
    a check that was given as requests holds the old one and cannot be followed."""
    found = _entity(spec, entity)
    _field(found, name)
    if new_name == name:
        return spec
    if found.field(new_name) is not None or found.relation(new_name) is not None:
        raise CannotChange(f"{entity} has {new_name} already.", hint="Choose another name.")
    _no_raw_checks(spec, name)
    return Spec.model_validate(renamed_everywhere(spec, entity, name, new_name))


def remove_field(spec: Spec, *, entity: str, name: str) -> Spec:
    """`entity` without the field; scenarios that are about it go, others no longer mention it. Raises CannotChange
    while a rule, an action, a computed value or the title needs it, and where a requirement would be left without a
    scenario."""
    new = spec.model_copy(deep=True)
    found = _entity(new, entity)
    field = _field(found, name)
    if len(found.fields) == 1:
        raise CannotChange(f"{name} is the only field of {entity}.", hint="Add another one first.")
    needed = uses_of(spec, entity, name)
    if needed:
        raise CannotChange(f"{name} is needed by {'; '.join(needed)}.", hint="Change these first, in the text.")
    _no_raw_checks(spec, name)
    for requirement in new.requirements:
        kept = scenarios_without(requirement.scenarios, entity, name)
        if requirement.scenarios and not kept and not requirement.checks:
            raise CannotChange(
                f"The requirement “{requirement.text}” is measured by {name} alone.",
                hint="Mark it as not wanted first.",
            )
        requirement.scenarios = kept
    found.fields.remove(field)
    for feature in new.features:
        if about(feature.entity, entity):
            feature.fields = [one for one in feature.fields if one != name]
    return new


def not_wanted(spec: Spec, *, requirement: str) -> Spec:
    """The requirement is a non-goal: it goes with its checks and with the rules that stand for it. Fields, features and
    screens stay. Raises CannotChange where there is no such requirement."""
    new = spec.model_copy(deep=True)
    found = next((r for r in new.requirements if r.id == requirement), None)
    if found is None:
        raise CannotChange(f"There is no requirement {requirement!r}.", hint="Reload the page.")
    new.requirements.remove(found)
    if found.text not in new.non_goals:
        new.non_goals.append(found.text)
    for entity in new.entities:
        entity.rules = _others(entity.rules, requirement)
        for action in entity.actions:
            action.requires = _others(action.requires, requirement)
    return new


def _others(rules: list[RuleSpec], requirement: str) -> list[RuleSpec]:
    return [rule for rule in rules if rule.requirement != requirement]


def _entity(spec: Spec, name: str) -> EntitySpec:
    try:
        return spec.entity(name)
    except KeyError:
        raise CannotChange(f"There is no entity {name!r}.", hint="Reload the page.") from None


def _field(entity: EntitySpec, name: str) -> FieldSpec:
    field = entity.field(name)
    if field is None:
        raise CannotChange(f"{entity.name} has no field {name!r}.", hint="Reload the page.")
    return field


def _no_raw_checks(spec: Spec, name: str) -> None:
    """Checks that were given as requests, not as scenarios, name fields inside their bodies and paths."""
    for requirement in spec.requirements:
        given: list[dict[str, Any]] = [check.model_dump(mode="json") for check in requirement.checks]
        if f'"{name}"' in json.dumps(given):
            raise CannotChange(
                f"The checks of “{requirement.text}” name {name} in their requests.", hint="Change them in the text."
            )
