"""Entities of which a person may have one record only: the rendered tests make no second one for the same person."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Compare, Expr, Lit, Not, Ref, walk
from autodev.spec.schema import EntitySpec


def one_each(entity: EntitySpec) -> bool:
    """Whether a rule on creation lets a person have one record, whatever that record is about."""
    return any(_allows_one(entity, part) for rule in entity.rules if "create" in rule.on for part in walk(rule.require))


def _allows_one(entity: EntitySpec, part: Expr) -> bool:
    if isinstance(part, Not) and isinstance(part.of, Aggregate) and part.of.op == "exists":
        return _of_the_owner(entity, part.of)
    if isinstance(part, Compare) and part.op == "lt" and isinstance(part.left, Aggregate) and part.left.op == "count":
        one = isinstance(part.right, Lit) and part.right.value == 1
        return one and part.left.exclude_self and _of_the_owner(entity, part.left)
    return False


def _of_the_owner(entity: EntitySpec, others: Aggregate) -> bool:
    """Whether the others are all those of the same person; sample records differ in what they are about."""
    if others.entity != entity.name or others.where is None:
        return False
    read = {ref.path.partition(".")[0] for ref in walk(others.where) if isinstance(ref, Ref) and ref.of == "item"}
    inputs = {field.name for field in entity.fields if field.is_input}
    return "owner" in read and not read & {*(r.name for r in entity.relations), *inputs}
