"""Resolves the paths of references over the Spec: `book.copies` from a loan, `owner`, `tags` to what they name."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.blueprints.python.code import CodeType
from autodev.blueprints.render import BlueprintError
from autodev.spec.schema import EntitySpec, FieldSpec, Spec


@dataclass(frozen=True)
class Step:
    """A to-one relation on the way."""

    name: str
    nullable: bool


@dataclass(frozen=True)
class Path:
    """What a path names: `name` is the attribute at its end (`<relation>_id` where it ends at a record)."""

    relations: tuple[Step, ...]
    name: str
    type: CodeType
    nullable: bool
    entity: EntitySpec
    field: FieldSpec | None = None


def resolve(spec: Spec, entity: EntitySpec, path: str) -> Path:
    """The path from a record of `entity`. An empty path and `id` are the record itself, `owner` the user it belongs to.

    Raises BlueprintError where the path names nothing.
    """
    steps: list[Step] = []
    *way, last = path.split(".")
    for name in way:
        relation = entity.relation(name)
        if relation is None or relation.kind == "many_to_many" or relation.target == "User":
            raise BlueprintError(f"{entity.name} has no relation {name!r} that {path!r} could cross")
        steps.append(Step(name, not relation.required))
        entity = spec.entity(relation.target)
    found = field_or_id(entity, last)
    if found is None:
        raise BlueprintError(f"{entity.name} has no field or relation {last!r}")
    name, type_, nullable = found
    return Path(tuple(steps), name, type_, nullable, entity, entity.field(last))


def field_or_id(entity: EntitySpec, name: str) -> tuple[str, CodeType, bool] | None:
    """(attribute, type, may be None) of a field, a to-one relation, the owner or the record; None if there is none."""
    if name in ("", "id"):
        return "id", "id", False
    if name in ("owner", "owner_id") and entity.owned and entity.relation("owner") is None:
        return "owner_id", "id", False
    field = entity.field(name)
    if field is not None:
        return name, field.type, nullable(field)
    relation = entity.relation(name) or entity.relation(name.removesuffix("_id"))
    if relation is not None and relation.kind != "many_to_many":
        return f"{relation.name}_id", "id", not relation.required
    return None


def nullable(field: FieldSpec) -> bool:
    """Whether a record may be without the value: not required, or set only by an action that has not run yet."""
    if field.default is not None and not field.is_input:
        return False
    return not field.required or (field.computed is not None and field.computed_on.startswith("action:"))
