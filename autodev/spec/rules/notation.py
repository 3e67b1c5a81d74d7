"""The lexicon's short notation for fields and relations: `integer min=0 default=1 unique`, `-> Author optional`."""

from __future__ import annotations

from typing import cast, get_args

from autodev.spec.rules.words import label
from autodev.spec.schema import FieldSpec, FieldType, RelationSpec

_TYPES = get_args(FieldType)


def field_from(name: str, notation: str) -> FieldSpec:
    """The field that the notation describes. Raises ValueError for a word it does not have."""
    kind, *words = notation.split()
    if kind not in _TYPES:
        raise ValueError(f"{name}: there is no field type {kind}")
    field = FieldSpec(name=name, type=cast("FieldType", kind), max_length=200 if kind == "string" else None)
    for word in words:
        key, _, value = word.partition("=")
        match key:
            case "optional":
                field.required = False
            case "unique":
                field.unique = True
            case "min":
                field.min = value
            case "max":
                field.max = value
            case "max_length":
                field.max_length = int(value)
            case "choices":
                field.choices = value.split("|")
            case "default":
                field.default = typed(kind, value)
            case _:
                raise ValueError(f"{name}: {word} says nothing about a field")
    return field


def relation_from(name: str, notation: str, *, inverse: str | None = None) -> RelationSpec:
    """`-> Book`, `-> Book optional`, `->> Tag` (many to many)."""
    arrow, target, *words = notation.split()
    many = arrow == "->>"
    optional = "optional" in words or many
    return RelationSpec(
        name=name,
        target=target,
        kind="many_to_many" if many else "many_to_one",
        inverse=inverse,
        required=not optional,
        on_delete="set_null" if optional and not many else "cascade",
    )


def typed(kind: str, value: str) -> str | int | bool:
    """A default or bound, written as text, as the JSON value of its type."""
    if kind == "boolean":
        return value == "true"
    return int(value) if kind == "integer" else value


def say_field(field: FieldSpec) -> str:
    """The field's name as people say it."""
    return field.name.replace("_", " ")


def say_entity(name: str) -> str:
    return label(name)
