"""Expressions and rules as English sentences, for people who read or edit a Spec."""

from __future__ import annotations

from autodev.spec.expr import (
    Aggregate,
    Arith,
    Compare,
    Expr,
    In,
    IsNull,
    Lit,
    Logic,
    Not,
    Now,
    Ref,
    Units,
)
from autodev.spec.schema import RuleSpec

_COMPARE = {
    "eq": "is", "ne": "is not", "lt": "is less than", "le": "is at most", "gt": "is more than", "ge": "is at least",
}  # fmt: skip
_ARITH = {"add": "plus", "sub": "minus", "mul": "times", "div": "divided by"}
_EVENTS = {"create": "created", "update": "changed", "delete": "deleted"}
_UNITS = ((604_800, "week"), (86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def rule_in_english(rule: RuleSpec, entity: str) -> str:
    """One sentence: when the rule is checked and what must hold. `entity` is the entity's label ("loan")."""
    when = _joined([_event(event) for event in rule.on], "or")
    return f"When the {entity} is {when}, {to_english(rule.require)}."


def to_english(expr: Expr, *, record: str = "its") -> str:  # noqa: PLR0911 - one return for each kind of node
    """The expression in words, without capital or full stop."""
    match expr:
        case Lit():
            return _literal(expr)
        case Ref():
            return _reference(expr, record)
        case Now():
            return "today" if expr.as_date else "now"
        case Compare():
            return f"{to_english(expr.left, record=record)} {_COMPARE[expr.op]} {to_english(expr.right, record=record)}"
        case Arith():
            return _arithmetic(expr, record)
        case Units():
            return f"the number of {'started' if expr.ceil else 'whole'} {expr.unit}s in {_bracketed(expr.of, record)}"
        case Not():
            return _negation(expr, record)
        case Logic():
            return _joined(
                [
                    _bracketed(part, record) if isinstance(part, Logic) else to_english(part, record=record)
                    for part in expr.items
                ],
                expr.op,
            )
        case In():
            return (
                f"{to_english(expr.left, record=record)} is one of {_joined([_literal(v) for v in expr.values], 'or')}"
            )
        case IsNull():
            return f"{to_english(expr.of, record=record)} is not set"
        case Aggregate():
            return _aggregate(expr)


def _literal(literal: Lit) -> str:
    if literal.type == "duration":
        seconds = int(literal.value or 0)
        for length, name in _UNITS:
            if seconds and seconds % length == 0:
                count = seconds // length
                return f"{count} {name}" + ("" if count == 1 else "s")
        return "0 seconds"
    if literal.type == "boolean":
        return "true" if literal.value else "false"
    if literal.type == "null":
        return "nothing"
    return f'"{literal.value}"' if literal.type == "string" else str(literal.value)


def _reference(ref: Ref, record: str) -> str:
    owner, _, rest = ref.path.rpartition(".")
    name = rest.replace("_", " ")
    if owner:
        return f"the {name} of the {owner.replace('.', ' of the ').replace('_', ' ')}"
    if ref.of == "actor":
        return "the signed-in person" if ref.path == "id" else f"the signed-in person's {name}"
    if ref.of == "old":
        return f"the earlier {name}"
    if ref.of == "item":
        return f"their {name}"
    return f"this record's {name}" if record == "this" else f"{record} {name}"


def _arithmetic(expr: Arith, record: str) -> str:
    if expr.op in {"max", "min"}:
        word = "larger" if expr.op == "max" else "smaller"
        return f"the {word} of {to_english(expr.left, record=record)} and {to_english(expr.right, record=record)}"
    return f"{_bracketed(expr.left, record)} {_ARITH[expr.op]} {_bracketed(expr.right, record)}"


def _bracketed(expr: Expr, record: str) -> str:
    words = to_english(expr, record=record)
    return f"({words})" if isinstance(expr, Arith | Logic | Compare) else words


def _negation(expr: Not, record: str) -> str:
    if isinstance(expr.of, Aggregate) and expr.of.op == "exists":
        return "no" + _aggregate(expr.of).removeprefix("some")
    if isinstance(expr.of, IsNull):
        return f"{to_english(expr.of.of, record=record)} is set"
    return f"it is not so that {to_english(expr.of, record=record)}"


def _aggregate(expr: Aggregate) -> str:
    other = "other " if expr.exclude_self else ""
    where = f" where {to_english(expr.where, record='this')}" if expr.where is not None else ""
    value = f"{to_english(expr.value)} over the " if expr.value is not None else ""
    match expr.op:
        case "exists":
            return f"some {other}{expr.entity} exists{where}"
        case "count":
            return f"the number of {other}{expr.entity} records{where}"
        case "sum":
            return f"the sum of {value}{other}{expr.entity} records{where}"
        case "avg":
            return f"the average of {value}{other}{expr.entity} records{where}"


def _event(event: str) -> str:
    kind, _, action = event.partition(":")
    return f"asked to {action.replace('_', ' ')}" if kind == "action" else _EVENTS.get(kind, kind)


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"
