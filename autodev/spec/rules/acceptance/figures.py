"""Scenarios about figures: ranges at their bounds, lengths, and values computed from other records."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label
from autodev.spec.scenario import Scenario, Value, Values
from autodev.spec.schema import EntitySpec, FieldSpec

Function = Literal["sum", "avg", "count"]


def bounds(entity_name: str, field_name: str) -> Scenarios:
    """At each bound it is accepted, one step beyond it is refused with the field named."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        field = entity.field(field_name)
        if field is None:
            return []
        kit = Kit(
            draft, "bounds", f"{field_name.replace('_', ' ').capitalize()} of a {label(entity.name)} stays in its range"
        )
        step = Decimal("0.01") if field.type == "decimal" else Decimal(1)
        for bound, beyond in ((field.min, -step), (field.max, step)):
            if bound is not None:
                kit.record(entity, {field_name: _number(field, Decimal(bound))})
                kit.refuse(entity, {field_name: _number(field, Decimal(bound) + beyond)}, field=field_name)
        if field.max_length is not None and field.type in {"string", "text"}:
            kit.record(entity, {field_name: "x" * field.max_length})
            kit.refuse(entity, {field_name: "x" * (field.max_length + 1)}, field=field_name)
        return [kit.done()]

    return build


def _number(field: FieldSpec, value: Decimal) -> int | str:
    return f"{value:.2f}" if field.type == "decimal" else int(value)


def aggregate(
    entity_name: str, field_name: str, *, part: str, link: str, function: Function, factors: tuple[str, ...] = ()
) -> Scenarios:
    """Two parts with known figures give the known result; a part of another record does not count."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        whole, piece = draft.entities[entity_name], draft.entities[part]
        kit = Kit(
            draft,
            "figure",
            f"{field_name.replace('_', ' ').capitalize()} of a {label(whole.name)} follows its {label(part)} records",
        )
        ref = kit.record(whole)
        other = kit.record(whole)
        base: Values = {link: Value(ref=ref)}
        figures = [_figures(piece, factors, n) for n in (0, 1)]
        people = ["alice", "bob", "carol"]
        once_each = any(rule.family == "once_per_user" for rule in piece.rules)
        for n, values in enumerate(figures):
            kit.record(piece, {**base, **values}, actor=people[n] if once_each else None)
        kit.record(
            piece, {link: Value(ref=other), **_figures(piece, factors, 2)}, actor=people[2] if once_each else None
        )
        products = [_product(values, factors) for values in figures]
        expected: str | int = len(figures)
        if function == "sum":
            expected = _shown(whole, field_name, sum(products, Decimal(0)))
        elif function == "avg":
            expected = _shown(whole, field_name, sum(products, Decimal(0)) / len(products))
        kit.read(whole, ref, {field_name: expected})
        return [kit.done()]

    return build


def _shown(entity: EntitySpec, field_name: str, value: Decimal) -> str | int:
    field = entity.field(field_name)
    return int(value) if field is not None and field.type == "integer" else str(value)


def _figures(entity: EntitySpec, factors: tuple[str, ...], n: int) -> Values:
    values: Values = {}
    for position, name in enumerate(factors):
        field = entity.field(name)
        if field is None:
            continue
        if field.type == "decimal":
            figure = Decimal(("12.50", "3.25", "7.75")[n])
            low = Decimal(field.min) if field.min and Decimal(field.min) > Decimal("3.25") else Decimal(0)
            high = Decimal(field.max) if field.max else None
            values[name] = str(
                low + figure if high is None or low + figure <= high else low + (high - low) * (n + 1) / 4
            )
        else:
            least = int(Decimal(field.min)) if field.min else 0
            most = int(Decimal(field.max)) if field.max else 10**6
            values[name] = min(max(least, (4, 2, 5)[n] - position), most)
    return values


def _product(values: Values, factors: tuple[str, ...]) -> Decimal:
    result = Decimal(1)
    for name in factors:
        result *= Decimal(str(values[name]))
    return result


def stock_of_movements(entity_name: str, factor: str) -> Scenarios:
    """A movement that would make the sum negative is refused; one down to zero is not."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        movement = draft.entities[entity_name]
        kit = Kit(draft, "not_negative", "What would make the stock negative is refused")
        base: Values = {}
        for relation in movement.relations:
            if relation.required and relation.target != "User":
                base[relation.name] = Value(ref=kit.record(draft.entities[relation.target]))
        kit.record(movement, {**base, factor: 5})
        kit.refuse(movement, {**base, factor: -6})
        kit.record(movement, {**base, factor: -5})
        kit.refuse(movement, {**base, factor: -1})
        return [kit.done()]

    return build


def product(entity_name: str, field_name: str, factors: tuple[str, str]) -> Scenarios:
    """Two known factors give the known product."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "product", f"{field_name.replace('_', ' ').capitalize()} is {factors[0]} times {factors[1]}")
        values = _figures(entity, factors, 0)
        ref = kit.record(entity, values)
        kit.read(entity, ref, {field_name: _shown(entity, field_name, _product(values, factors))})
        return [kit.done()]

    return build
