"""Sample values of an entity's fields: valid by type, range, choices and the entity's own order rules, always the same.

Scenarios are filled with them, and blueprints write them into the tests they render. The n-th record (from 1) differs
from the others in every unique field, and its moments lie on a day of its own: samples neither collide nor overlap.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from autodev.spec.expr import Compare, Expr, Lit, Logic, Now, Ref
from autodev.spec.scenario import Value
from autodev.spec.schema import EntitySpec, FieldSpec

Sample = str | int | bool | Value

HOUR_S = 3600
DAY_S = 86400
FIXED_DAY = dt.datetime(2030, 1, 7, 9, tzinfo=dt.UTC)

_WRONG = {
    "integer": ["not a number"],
    "decimal": ["not a number"],
    "boolean": ["perhaps"],
    "date": ["not a date"],
    "datetime": ["not a date"],
    "email": ["not an address"],
    "url": ["not a link"],
    "enum": ["none of the choices"],
}
_FLIPPED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The range of a number, inclusive; None is open."""

    low: Decimal | None = None
    high: Decimal | None = None

    def narrowed(self, *, low: Decimal | None = None, high: Decimal | None = None) -> Bounds:
        lows = [value for value in (self.low, low) if value is not None]
        highs = [value for value in (self.high, high) if value is not None]
        return Bounds(low=max(lows, default=None), high=min(highs, default=None))

    def nearest(self, value: Decimal) -> Decimal:
        """`value`, moved into the range."""
        if self.low is not None and value < self.low:
            return self.low
        return self.high if self.high is not None and value > self.high else value


def sample(field: FieldSpec, n: int = 1, *, entity: EntitySpec | None = None) -> Sample:
    """The n-th sample of `field`. Decimals are strings; dates and moments are relative to now (`Value`). With `entity`
    its rules count too: ranges, one field after another, in the past."""
    samples: dict[str, Callable[[], Sample]] = {
        "boolean": lambda: False,
        "enum": lambda: field.choices[(n - 1) % len(field.choices) if field.unique else 0],
        "integer": lambda: int(_number(field, n, entity)),
        "decimal": lambda: str(_number(field, n, entity).quantize(Decimal("0.01"))),
        "date": lambda: Value(today_plus_days=_side(field, entity) * (n + 1) + _position(field, entity)),
        "datetime": lambda: Value(
            now_plus_s=_side(field, entity) * (n + 1) * DAY_S + _position(field, entity) * HOUR_S
        ),
        "email": lambda: f"{field.name.replace('_', '.')}{n}@example.com",
        "url": lambda: f"https://example.com/{field.name}/{n}",
    }
    return samples.get(field.type, lambda: _words(field, n))()


def sample_values(entity: EntitySpec, n: int = 1) -> dict[str, Sample]:
    """The n-th record's values of the fields that must be given: required, no default, not computed."""
    return {
        field.name: sample(field, n, entity=entity)
        for field in entity.fields
        if field.is_input and field.required and field.default is None
    }


def literal(value: Sample, *, now: dt.datetime = FIXED_DAY) -> str | int | bool:
    """A sample as JSON, with relative moments counted from `now`: ISO 8601 in UTC."""
    if not isinstance(value, Value):
        return value
    if value.today_plus_days is not None:
        return (now + dt.timedelta(days=value.today_plus_days)).date().isoformat()
    if value.now_plus_s is not None:
        return (now + dt.timedelta(seconds=value.now_plus_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise ValueError("a reference to a record is no sample")


def invalid_values(field: FieldSpec) -> list[str | int]:
    """Values of the field's own kind that input must be refused for. A missing value is not among them."""
    found: list[str | int] = list(_WRONG.get(field.type, [""] if field.required else []))
    if field.type in ("integer", "decimal"):
        bounds = field_bounds(field)
        outside = [bounds.low - 1] if bounds.low is not None else []
        outside += [bounds.high + 1] if bounds.high is not None else []
        found.extend(int(value) if field.type == "integer" else str(value) for value in outside)
    if field.max_length is not None:
        found.append("x" * (field.max_length + 1))
    return found


def field_bounds(field: FieldSpec, entity: EntitySpec | None = None) -> Bounds:
    """The range of a number by its own `min` and `max` and by the rules of `entity` that compare it to a literal."""
    bounds = Bounds(low=_decimal(field.min), high=_decimal(field.max))
    step = Decimal(1) if field.type == "integer" else Decimal("0.01")
    for name, op, other in _comparisons(entity):
        if name != field.name or not isinstance(other, Lit) or isinstance(other.value, bool):
            continue
        limit = _decimal(other.value)
        if limit is None:
            continue
        if op in ("gt", "ge"):
            bounds = bounds.narrowed(low=limit + step if op == "gt" else limit)
        elif op in ("lt", "le"):
            bounds = bounds.narrowed(high=limit - step if op == "lt" else limit)
    return bounds


def _number(field: FieldSpec, n: int, entity: EntitySpec | None) -> Decimal:
    bounds = field_bounds(field, entity)
    if field.unique:
        return (bounds.low if bounds.low is not None else Decimal(0)) + n
    wanted = Decimal(5) if field.type == "integer" else Decimal("9.50")
    return bounds.nearest(wanted + _rank(field.name, entity))


def _words(field: FieldSpec, n: int) -> str:
    words = f"{field.name.replace('_', ' ').capitalize()} {n}"
    if field.max_length is None or len(words) <= field.max_length:
        return words
    number = str(n)
    return words[: max(0, field.max_length - len(number))].rstrip() + number


def _comparisons(entity: EntitySpec | None) -> Iterator[tuple[str, str, Expr]]:
    """(field, operator, other side) for each comparison that a rule on creation makes of an own field, either side."""
    for rule in entity.rules if entity is not None else ():
        if "create" not in rule.on:
            continue
        for part in _conjuncts(rule.require):
            if isinstance(part, Compare):
                for left, op, right in ((part.left, part.op, part.right), (part.right, _FLIPPED[part.op], part.left)):
                    if isinstance(left, Ref) and left.of == "self":
                        yield left.path, op, right


def _conjuncts(expr: Expr) -> tuple[Expr, ...]:
    if isinstance(expr, Logic) and expr.op == "and":
        return tuple(part for item in expr.items for part in _conjuncts(item))
    return (expr,)


def _rank(name: str, entity: EntitySpec | None, seen: tuple[str, ...] = ()) -> int:
    """How many other fields the rules say must come before this one, in the longest row of them."""
    if name in seen:
        return 0
    before = [
        other.path
        for field, op, other in _comparisons(entity)
        if field == name and op in ("gt", "ge") and isinstance(other, Ref) and other.of == "self"
    ]
    return max((1 + _rank(path, entity, (*seen, name)) for path in before), default=0)


def _position(field: FieldSpec, entity: EntitySpec | None) -> int:
    """The place of a date or moment among those of its record: by the rules, then by declaration."""
    if entity is None:
        return 0
    names = [f.name for f in entity.fields if f.type == field.type and f.is_input]
    if field.name not in names:
        return 0
    return sorted(names, key=lambda name: (_rank(name, entity), names.index(name))).index(field.name)


def _side(field: FieldSpec, entity: EntitySpec | None) -> int:
    """-1 where a rule wants the moment in the past, else 1."""
    past = any(
        name == field.name and op in ("lt", "le") and isinstance(other, Now) for name, op, other in _comparisons(entity)
    )
    return -1 if past else 1


def _decimal(text: object) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(str(text))
    except InvalidOperation:
        return None
