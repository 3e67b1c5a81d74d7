"""Slots of time for scenarios: far enough ahead for every deadline, and of a length that the rules allow."""

from __future__ import annotations

from autodev.spec.expr import Expr, Lit, walk
from autodev.spec.rules.draft import Draft
from autodev.spec.scenario import Value, Values
from autodev.spec.schema import EntitySpec

HOUR_S = 3_600
DAY_S = 86_400


def _longest_literal(expr: Expr) -> int:
    return max(
        (int(part.value or 0) for part in walk(expr) if isinstance(part, Lit) and part.type == "duration"), default=0
    )


def horizon_s(entity: EntitySpec) -> int:
    """How far ahead a record must start so that no deadline of the entity is near."""
    rules = [*entity.rules, *(rule for action in entity.actions for rule in action.requires)]
    return DAY_S + max((_longest_literal(rule.require) for rule in rules if rule.family == "deadline"), default=0)


def lead_s(entity: EntitySpec) -> int:
    """How far ahead a record must at least start when it is made."""
    rules = [rule for rule in entity.rules if rule.family == "deadline" and "create" in rule.on]
    return max((_longest_literal(rule.require) for rule in rules), default=0)


def allowed_length_s(entity: EntitySpec) -> tuple[int, int | None]:
    """The shortest and longest slot that the rules allow, in seconds; None where there is no longest."""
    low, high = 0, None
    for rule in entity.rules:
        if rule.family == "duration":
            length = _longest_literal(rule.require)
            if rule.require.op == "ge":
                low = max(low, length)
            else:
                high = length if high is None else min(high, length)
    return low, high


def usual_length_s(entity: EntitySpec) -> int:
    """An hour, or what is nearest to it."""
    low, high = allowed_length_s(entity)
    length = max(HOUR_S, low)
    return length if high is None else min(length, high)


def unit_s(entity: EntitySpec) -> int:
    """The length of one unit of `slot`: slots of 2 to 6 units are then allowed, if there is such a unit."""
    low, high = allowed_length_s(entity)
    unit = max(HOUR_S, low // 2 + 60 if low else 0)
    return unit if high is None else min(unit, high // 6)


def fits(entity: EntitySpec, units: int) -> bool:
    """Whether the rules allow a slot of so many units."""
    low, high = allowed_length_s(entity)
    length = units * unit_s(entity)
    return low <= length and (high is None or length <= high)


def moment(entity: EntitySpec, field: str, seconds: int) -> Value:
    """A value of the field so far from now, by its type."""
    spec = entity.field(field)
    if spec is not None and spec.type == "date":
        return Value(today_plus_days=-(-seconds // DAY_S))
    return Value(now_plus_s=seconds)


def slot(draft: Draft, entity: EntitySpec, first: int, last: int) -> Values:
    """A slot from the first to the last unit; a unit is a day where the interval is of dates."""
    names = draft.notes[entity.name].interval or ("starts_at", "ends_at")
    return between(entity, names, first, last)


def between(entity: EntitySpec, names: tuple[str, str], first: int, last: int) -> Values:
    spec = entity.field(names[0])
    unit = DAY_S if spec is not None and spec.type == "date" else unit_s(entity)
    start = horizon_s(entity)
    return {
        names[0]: moment(entity, names[0], start + first * unit),
        names[1]: moment(entity, names[1], start + last * unit),
    }


def starting(draft: Draft, entity: EntitySpec, field: str, seconds: int) -> Values:
    """The field so far from now; where it opens an interval, with an end that the rules allow."""
    values: Values = {field: moment(entity, field, seconds)}
    names = draft.notes[entity.name].interval
    if names is not None and names[0] == field:
        spec = entity.field(field)
        length = 2 * DAY_S if spec is not None and spec.type == "date" else usual_length_s(entity)
        values[names[1]] = moment(entity, names[1], seconds + length)
    return values


def ahead(draft: Draft, entity: EntitySpec, n: int) -> Values:
    """For the n-th record: the moments that rules of time are about, each record on a day of its own."""
    start = horizon_s(entity) + n * DAY_S
    names = draft.notes[entity.name].interval
    if names is not None:
        return starting(draft, entity, names[0], start)
    fields = [rule.field for rule in entity.rules if rule.family == "deadline" and rule.field and "create" in rule.on]
    return {name: moment(entity, name, start) for name in fields}
