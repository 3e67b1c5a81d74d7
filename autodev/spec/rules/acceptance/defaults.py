"""Scenarios about defaults: a record that is made without a value shows it."""

from __future__ import annotations

from decimal import Decimal

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label
from autodev.spec.scenario import Scenario


def shows_default(entity_name: str, field_name: str) -> Scenarios:
    """Made without the value, the record shows the default."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        field = entity.field(field_name)
        if field is None or field.default is None:
            return []
        kit = Kit(
            draft, "default", f"A {label(entity.name)} made without {field_name.replace('_', ' ')} has the default"
        )
        ref = kit.record(entity)
        shown = f"{Decimal(str(field.default)):.2f}" if field.type == "decimal" else field.default
        kit.read(entity, ref, {field_name: shown})
        return [kit.done()]

    return build
