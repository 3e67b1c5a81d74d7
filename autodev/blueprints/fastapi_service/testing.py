"""What the rendered tests are made of: sample values as formulas of a record's number, and values to refuse."""

from __future__ import annotations

import re

from autodev.blueprints.fastapi_service.entities import EntityView, RelationView
from autodev.blueprints.python.fields import FieldView
from autodev.blueprints.python.one_each import one_each
from autodev.blueprints.python.sample_values import FAR, Refused, formula, literal_code
from autodev.blueprints.text import py_str
from autodev.spec.samples import invalid_values, sample

__all__ = ["one_each"]


def given(entity: EntityView) -> list[FieldView]:
    """The fields that a sample record is made with."""
    return [f for f in entity.inputs if f.spec.required and f.spec.default is None]


def refused(entity: EntityView) -> list[Refused]:
    """For each field its values to refuse."""
    return [Refused(f.name, literal_code(value)) for f in entity.inputs for value in invalid_values(f.spec)]


def changed(entity: EntityView) -> tuple[str, str] | None:
    """(field, another valid value as Python) for a change that no rule looks at; None where there is none."""
    watched = {r.spec.field for r in entity.rules_on("update")}
    old = {o.attr for r in entity.rules for o in r.olds}
    for field in entity.inputs:
        if field.type in ("string", "text", "boolean", "email") and field.name not in watched | old:
            if field.type == "boolean":
                return field.name, "True"
            return field.name, py_str(sample(field.spec, FAR, entity=field.entity))
    return None


def needed(entity: EntityView) -> list[RelationView]:
    """The relations that a sample record must have; one to its own kind cannot be."""
    return [r for r in entity.to_one if r.spec.required and r.target_name != entity.name]


def numbered(entity: EntityView) -> bool:
    """Whether a sample of the entity needs the record's number."""
    return any(re.search(r"\bn\b", formula(f)) for f in given(entity))
