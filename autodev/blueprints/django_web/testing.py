"""What the rendered tests are made of: sample values, values to refuse, and changes that nothing forbids."""

from __future__ import annotations

import keyword
import re

from autodev.blueprints.django_web.entities import EntityView
from autodev.blueprints.django_web.fields import DjangoField
from autodev.blueprints.django_web.relations import RelationView
from autodev.blueprints.python.one_each import one_each
from autodev.blueprints.python.sample_values import FAR, Refused, formula, literal_code
from autodev.blueprints.text import py_str
from autodev.spec.samples import invalid_values, literal, sample

__all__ = ["formula", "one_each"]


def given(entity: EntityView) -> list[DjangoField]:
    """The fields that a sample record is made with: those that a form may not leave empty."""
    return [f for f in entity.inputs if f.spec.required and f.type != "boolean"]


def needed(entity: EntityView) -> list[RelationView]:
    """The relations that a sample record must have; one to its own kind cannot be."""
    return [r for r in entity.to_one if r.required and r.target_name != entity.name]


def numbered(entity: EntityView) -> bool:
    """Whether a sample of the entity needs the record's number."""
    return any(re.search(r"\bn\b", formula(f)) for f in given(entity))


def argument(part: DjangoField | RelationView, value: str) -> str:
    """A value of a form as a keyword argument, also where its name is a keyword of Python."""
    return f"**{{{py_str(part.public)}: {value}}}" if keyword.iskeyword(part.public) else f"{part.public}={value}"


def refused(entity: EntityView) -> list[Refused]:
    """For each field its values to refuse; a box that is ticked or not has none."""
    return [
        Refused(f.public, literal_code(value))
        for f in entity.inputs
        if f.type != "boolean"
        for value in invalid_values(f.spec)
    ]


def literal_sample(field: DjangoField) -> str:
    """A valid value of the field as Python."""
    return literal_code(literal(sample(field.spec, FAR, entity=field.entity)))


def prefilled(entity: EntityView) -> tuple[DjangoField, str] | None:
    """(field, value as Python) for an address that fills in a form: of a field that Django knows by another name, if
    there is one; None where no field is text or a number."""
    plain = [f for f in entity.inputs if f.type in ("string", "text", "integer")]
    renamed = [f for f in entity.inputs if f.attr != f.public and f.type != "boolean"]
    field = next(iter([*renamed, *plain]), None)
    return (field, py_str(str(literal(sample(field.spec, FAR, entity=field.entity))))) if field else None


def changed(entity: EntityView) -> tuple[DjangoField, str] | None:
    """(field, another valid value as Python) for a change that no rule looks at; None where there is none."""
    watched = {r.spec.field for r in entity.rules_on("update")} | {o.attr for o in entity.update_olds}
    for field in entity.inputs:
        if field.type in ("string", "text", "email") and field.name not in watched:
            return field, py_str(sample(field.spec, FAR, entity=field.entity))
    return None
