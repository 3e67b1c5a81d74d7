"""Tests of the rules that look at other records: how many records a rule lets through, and what they have in common."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.blueprints.django_web.entities import EntityView
from autodev.blueprints.django_web.relations import RelationView
from autodev.blueprints.django_web.rules import RuleView
from autodev.blueprints.python.sqlalchemy_where import conjuncts
from autodev.spec.expr import Aggregate, Compare, Expr, Lit, Logic, Not, Ref, walk

MOST_RECORDS = 20


@dataclass(frozen=True)
class CrowdedRule:
    """A rule on creation that `allowed` records pass, with the `shared` relations in common, and one more breaks.
    `limits`: the field of a shared record that sets the limit, by relation. `same_values`: they break it by having all
    their values in common."""

    rule: RuleView
    allowed: int
    shared: tuple[RelationView, ...]
    limits: dict[str, str]
    same_values: bool


def crowded_rules(entity: EntityView) -> list[CrowdedRule]:
    """The entity's rules of that kind."""
    found = [_crowded(entity, rule) for rule in entity.rules_on("create")]
    return [rule for rule in found if rule is not None]


def _crowded(entity: EntityView, rule: RuleView) -> CrowdedRule | None:
    require = _without_escapes(entity, rule.spec.require)
    if isinstance(require, Not) and isinstance(require.of, Aggregate) and require.of.op == "exists":
        common = _common(entity, require.of)
        if common is None or entity.unique:
            return None
        return CrowdedRule(rule, 1, tuple(common), {}, same_values=True)
    if isinstance(require, Compare) and isinstance(require.left, Aggregate) and require.left.op == "count":
        return _counted(entity, rule, require, require.left)
    return None


def _without_escapes(entity: EntityView, require: Expr) -> Expr:
    """`A` of `A or the record is cancelled`: what only an action sets is not set yet on a new record."""
    if not (isinstance(require, Logic) and require.op == "or"):
        return require
    later = {f.name for f in entity.fields if f.spec.computed_on.startswith("action:") and not f.spec.is_input}
    open_ = [
        part
        for part in require.items
        if not (refs := [n for n in walk(part) if isinstance(n, Ref)]) or not {r.path for r in refs} <= later
    ]
    return open_[0] if len(open_) == 1 else require


def _counted(entity: EntityView, rule: RuleView, require: Compare, counted: Aggregate) -> CrowdedRule | None:
    """The rule that compares a count with a number or with a field of a record that all have in common."""
    common = _common(entity, counted)
    if require.op not in ("le", "lt") or common is None:
        return None
    if any(_fixes_field(entity, part) for part in conjuncts(counted.where)):
        return None
    bound = require.right
    less = (1 if require.op == "lt" else 0) - (1 if counted.exclude_self else 0)
    if isinstance(bound, Lit) and isinstance(bound.value, int) and 0 < bound.value - less <= MOST_RECORDS:
        return CrowdedRule(rule, bound.value - less, tuple(common), {}, same_values=False)
    if isinstance(bound, Ref) and bound.of == "self" and bound.path.count(".") == 1 and not less:
        name, limit = bound.path.split(".")
        if name in {r.spec.name for r in common}:
            return CrowdedRule(rule, 1, tuple(common), {name: limit}, same_values=False)
    return None


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
