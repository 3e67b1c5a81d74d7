"""Rules that look at other records: how many records such a rule lets through, and what those have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from autodev.blueprints.python.paths import nullable
from autodev.blueprints.python.sqlalchemy_where import conjuncts
from autodev.spec.expr import Aggregate, Compare, Expr, IsNull, Lit, Logic, Not, Ref
from autodev.spec.schema import EntitySpec, FieldSpec

MOST_RECORDS = 20

Initial = Callable[[FieldSpec], object]


@dataclass(frozen=True)
class Crowd:
    """`allowed` records pass that have the relations `shared` in common, and one more breaks the rule. `limits`: the
    field of a shared record that sets the limit, by relation. `same_values`: they break it by having all their values
    in common."""

    allowed: int
    shared: tuple[str, ...]
    limits: dict[str, str]
    same_values: bool


def crowd(entity: EntitySpec, require: Expr, initial: Initial) -> Crowd | None:
    """The crowd that breaks a rule on creation; None where the rule is none of that kind.

    `initial` gives the value that a record made from samples is known to hold in a field, None where it is not known.
    """
    require = _core(entity, require, initial)
    if isinstance(require, Not) and isinstance(require.of, Aggregate) and require.of.op == "exists":
        common = _common(entity, require.of)
        if common is None or any(f.unique and f.is_input for f in entity.fields):
            return None
        return Crowd(1, common, {}, same_values=True)
    if isinstance(require, Compare) and isinstance(require.left, Aggregate) and require.left.op == "count":
        return _counted(entity, require, require.left)
    return None


def _counted(entity: EntitySpec, require: Compare, counted: Aggregate) -> Crowd | None:
    """That of a rule which compares a count with a number, or with a field of a record that all have in common."""
    common = _common(entity, counted)
    if require.op not in ("le", "lt") or common is None:
        return None
    if any(_fixes_field(entity, part) for part in conjuncts(counted.where)):
        return None
    bound = require.right
    less = (1 if require.op == "lt" else 0) - (1 if counted.exclude_self else 0)
    if isinstance(bound, Lit) and isinstance(bound.value, int) and 0 < bound.value - less <= MOST_RECORDS:
        return Crowd(bound.value - less, common, {}, same_values=False)
    if isinstance(bound, Ref) and bound.of == "self" and bound.path.count(".") == 1 and not less:
        name, limit = bound.path.split(".")
        if name in common:
            return Crowd(1, common, {name: limit}, same_values=False)
    return None


def _core(entity: EntitySpec, require: Expr, initial: Initial) -> Expr:
    """The rule without the ways out (`or returned_at is not null`) that a new record does not have."""
    if isinstance(require, Logic) and require.op == "or":
        left = [part for part in require.items if not _false_at_first(entity, part, initial)]
        return left[0] if len(left) == 1 else require
    return require


def _false_at_first(entity: EntitySpec, part: Expr, initial: Initial) -> bool:
    """Whether the condition is known not to hold for a record that was made from samples."""
    negated = isinstance(part, Not)
    inner = part.of if isinstance(part, Not) else part
    ref = inner.of if isinstance(inner, IsNull) else inner.left if isinstance(inner, Compare) else inner
    if not isinstance(ref, Ref) or ref.of != "self":
        return False
    field = entity.field(ref.path)
    if field is None:
        return False
    if isinstance(inner, IsNull):
        return negated and nullable(field) and field.default is None
    if isinstance(inner, Compare):
        other = inner.right
        return inner.op == "eq" and not negated and isinstance(other, Lit) and initial(field) not in (None, other.value)
    return field.type == "boolean" and not negated and str(initial(field)).lower() == "false"


def _common(entity: EntitySpec, aggregate: Aggregate) -> tuple[str, ...] | None:
    """The relations in which the counted records equal the new one; None where it counts another kind of record."""
    if aggregate.entity != entity.name:
        return None
    paths = [_equal_path(part) for part in conjuncts(aggregate.where)]
    names = {path.removesuffix("_id") for path in paths if path is not None}
    return tuple(r.name for r in entity.relations if r.name in names and r.kind != "many_to_many")


def _equal_path(part: Expr) -> str | None:
    """`book` of `item.book == self.book`."""
    if not isinstance(part, Compare) or part.op != "eq":
        return None
    if not isinstance(part.left, Ref) or not isinstance(part.right, Ref):
        return None
    return part.left.path if {part.left.of, part.right.of} == {"item", "self"} else None


def _fixes_field(entity: EntitySpec, part: Expr) -> bool:
    path = _equal_path(part)
    return path is not None and entity.field(path) is not None
