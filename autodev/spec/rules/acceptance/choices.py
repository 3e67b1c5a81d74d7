"""Scenarios about choices: each of them is accepted and shown, anything else is refused."""

from __future__ import annotations

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.acceptance.states import allowed_pairs
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label
from autodev.spec.scenario import Scenario


def only_choices(entity_name: str, field_name: str) -> Scenarios:
    """A record of each choice, and one of none. States that a record is led through are measured elsewhere."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        field = entity.field(field_name)
        if field is None or not field.is_input or not field.choices:
            return []
        said = field_name.replace("_", " ")
        kit = Kit(draft, "choices", f"The {said} of a {label(entity.name)} is one of its choices")
        led = bool(allowed_pairs(draft, entity_name, field_name))
        for choice in field.choices[:1] if led else field.choices:
            kit.read(entity, kit.record(entity, {field_name: choice}), {field_name: choice})
        kit.refuse(entity, {field_name: "none_of_these"}, field=field_name)
        return [kit.done()]

    return build
