"""Tests of the rules that look at other records: how many records a rule lets through, and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.blueprints.fastapi_service.entities import EntityView, RelationView
from autodev.blueprints.fastapi_service.rules import RuleView
from autodev.blueprints.python.paths import nullable
from autodev.blueprints.python.sqlalchemy_where import conjuncts
from autodev.spec.expr import Aggregate, Compare, Expr, IsNull, Lit, Logic, Not, Ref

MOST_RECORDS = 20


@dataclass(frozen=True)
class Shared:
    """A relation whose record all have in common, and the field of that record that sets the limit, if one does."""

    relation: RelationView
    limit: str | None = None


@dataclass(frozen=True)
class CrowdedRule:
    """A rule on creation that `allowed` records pass, with the `shared` relations, and one more breaks. `same_values`:
    they break it by having all their values in common."""

    rule: RuleView
    allowed: int
    shared: tuple[Shared, ...]
    same_values: bool


def crowded_rules(entity: EntityView) -> list[CrowdedRule]:
    """The entity's rules of that kind."""
    found = [_crowded(entity, rule) for rule in entity.rules_on("create")]
    return [rule for rule in found if rule is not None]


def _crowded(entity: EntityView, rule: RuleView) -> CrowdedRule | None:
    require = _core(entity, rule.spec.require)
    if isinstance(require, Not) and isinstance(require.of, Aggregate) and require.of.op == "exists":
        common = _common(entity, require.of)
        if common is None or entity.unique:
            return None
        return CrowdedRule(rule, 1, tuple(Shared(r) for r in common), same_values=True)
    if isinstance(require, Compare) and isinstance(require.left, Aggregate) and require.left.op == "count":
        return _counted(entity, rule, require, require.left)
    return None


def _counted(entity: EntityView, rule: RuleView, require: Compare, counted: Aggregate) -> CrowdedRule | None:
    """The rule that compares a count with a number or with a field of a record that all have in common."""
    if require.op not in ("le", "lt"):
        return None
    bound = require.right
    common = _common(entity, counted)
    if common is None or any(part for part in conjuncts(counted.where) if _fixes_field(entity, part)):
        return None
    less = (1 if require.op == "lt" else 0) - (1 if counted.exclude_self else 0)
    if isinstance(bound, Lit) and isinstance(bound.value, int) and 0 < bound.value - less <= MOST_RECORDS:
        return CrowdedRule(rule, bound.value - less, tuple(Shared(r) for r in common), same_values=False)
    if isinstance(bound, Ref) and bound.of == "self" and bound.path.count(".") == 1 and not less:
        name, limit = bound.path.split(".")
        if name in {r.spec.name for r in common}:
            shared = tuple(Shared(r, limit if r.spec.name == name else None) for r in common)
            return CrowdedRule(rule, 1, shared, same_values=False)
    return None


def _core(entity: EntityView, require: Expr) -> Expr:
    """The rule without the ways out (`or returned_at is not null`) that a new record does not have."""
    if isinstance(require, Logic) and require.op == "or":
        left = [part for part in require.items if not _false_at_first(entity, part)]
        return left[0] if len(left) == 1 else require
    return require


def _false_at_first(entity: EntityView, part: Expr) -> bool:
    """Whether the condition is known not to hold for a record that was made from samples."""
    negated = isinstance(part, Not)
    inner = part.of if isinstance(part, Not) else part
    ref = inner.of if isinstance(inner, IsNull) else inner.left if isinstance(inner, Compare) else inner
    if not isinstance(ref, Ref) or ref.of != "self":
        return False
    field = entity.spec.field(ref.path)
    if field is None:
        return False
    if isinstance(inner, IsNull):
        return negated and nullable(field) and field.default is None
    if isinstance(inner, Compare):
        other = inner.right
        return inner.op == "eq" and not negated and isinstance(other, Lit) and field.default not in (None, other.value)
    return field.type == "boolean" and not negated and str(field.default).lower() == "false"


def _common(entity: EntityView, aggregate: Aggregate) -> list[RelationView] | None:
    """The relations in which the counted records equal the new one; None where it counts another kind of record."""
    if aggregate.entity != entity.name:
        return None
    paths = [_equal_path(part) for part in conjuncts(aggregate.where)]
    names = {path.removesuffix("_id") for path in paths if path is not None}
    return [r for r in entity.to_one if r.spec.name in names]


def _equal_path(part: Expr) -> str | None:
    """`book` of `item.book == self.book`."""
    if not isinstance(part, Compare) or part.op != "eq":
        return None
    if not isinstance(part.left, Ref) or not isinstance(part.right, Ref):
        return None
    return part.left.path if {part.left.of, part.right.of} == {"item", "self"} else None


def _fixes_field(entity: EntityView, part: Expr) -> bool:
    path = _equal_path(part)
    return path is not None and entity.spec.field(path) is not None
