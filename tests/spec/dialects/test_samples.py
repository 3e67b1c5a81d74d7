"""Samples are valid for their field, differ where they must, and are the same every time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from autodev.spec.expr import Compare, Lit, Logic, Now, Ref
from autodev.spec.samples import FIXED_DAY, field_bounds, invalid_values, literal, sample, sample_values
from autodev.spec.scenario import Value
from autodev.spec.schema import EntitySpec, FieldSpec, RuleSpec
from tests.spec.dialects.specs import BOOKING, LIBRARY, TODO


def ruled(fields: list[FieldSpec], *requires: Compare | Logic) -> EntitySpec:
    rules = [
        RuleSpec(id=f"r{i}", family="range", on=["create"], require=require, message="no")
        for i, require in enumerate(requires)
    ]
    return EntitySpec(name="Thing", plural="things", title=fields[0].name, fields=fields, rules=rules)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (FieldSpec(name="first_name", type="string"), "First name 2"),
        (FieldSpec(name="code", type="string", max_length=3), "Co2"),
        (FieldSpec(name="note", type="text"), "Note 2"),
        (FieldSpec(name="count", type="integer"), 5),
        (FieldSpec(name="stars", type="integer", min="1", max="3"), 3),
        (FieldSpec(name="number", type="integer", unique=True, min="100"), 102),
        (FieldSpec(name="price", type="decimal"), "9.50"),
        (FieldSpec(name="rate", type="decimal", max="1"), "1.00"),
        (FieldSpec(name="on", type="boolean"), False),
        (FieldSpec(name="born", type="date"), Value(today_plus_days=3)),
        (FieldSpec(name="at", type="datetime"), Value(now_plus_s=3 * 86400)),
        (FieldSpec(name="e_mail", type="email"), "e.mail2@example.com"),
        (FieldSpec(name="link", type="url"), "https://example.com/link/2"),
        (FieldSpec(name="state", type="enum", choices=["a", "b"]), "a"),
        (FieldSpec(name="slot", type="enum", choices=["a", "b"], unique=True), "b"),
    ],
    ids=lambda v: v.name if isinstance(v, FieldSpec) else "",
)
def test_second_sample(field: FieldSpec, value: object) -> None:
    assert sample(field, 2) == value


def test_only_what_must_be_given_is_sampled() -> None:
    assert sample_values(TODO.entity("Todo")) == {"title": "Title 1"}
    assert sample_values(LIBRARY.entity("Loan")) == {}


def test_moments_follow_the_order_rule_and_days_differ_by_record() -> None:
    booking = BOOKING.entity("Booking")
    first, second = (sample_values(booking, n) for n in (1, 2))
    assert first == {"ends_at": Value(now_plus_s=176400), "starts_at": Value(now_plus_s=172800)}
    assert second["starts_at"] == Value(now_plus_s=259200)


def test_rules_narrow_the_range_from_either_side() -> None:
    field = FieldSpec(name="size", type="integer", min="0")
    entity = ruled(
        [field],
        Logic(
            op="and",
            items=(
                Compare(op="gt", left=Ref(path="size"), right=Lit(value=7, type="integer")),
                Compare(op="gt", left=Lit(value=20, type="integer"), right=Ref(path="size")),
            ),
        ),
        Compare(op="ge", left=Ref(path="size"), right=Lit(value="9", type="integer")),
        Compare(op="le", left=Ref(path="size"), right=Lit(value=50, type="integer")),
        Compare(op="ne", left=Ref(path="size"), right=Lit(value="x", type="string")),
    )
    bounds = field_bounds(field, entity)
    assert (bounds.low, bounds.high) == (Decimal(9), Decimal(19))
    assert sample(field, entity=entity) == 9


def test_numbers_that_a_rule_orders_differ() -> None:
    fields = [FieldSpec(name="most", type="integer"), FieldSpec(name="least", type="integer")]
    entity = ruled(fields, Compare(op="gt", left=Ref(path="most"), right=Ref(path="least")))
    assert sample_values(entity) == {"most": 6, "least": 5}


def test_moment_that_must_be_past_is_past() -> None:
    field = FieldSpec(name="born", type="date")
    entity = ruled([field], Compare(op="le", left=Ref(path="born"), right=Now(as_date=True)))
    assert sample(field, entity=entity) == Value(today_plus_days=-2)


def test_literals_are_fixed() -> None:
    assert literal(Value(now_plus_s=3600)) == "2030-01-07T10:00:00Z"
    assert literal(Value(today_plus_days=1)) == FIXED_DAY.replace(day=8).date().isoformat()
    assert literal(7) == 7
    with pytest.raises(ValueError, match="no sample"):
        literal(Value(ref="x"))


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (FieldSpec(name="a", type="string", max_length=3), ["", "xxxx"]),
        (FieldSpec(name="a", type="text", required=False), []),
        (FieldSpec(name="a", type="integer", min="0", max="9"), ["not a number", -1, 10]),
        (FieldSpec(name="a", type="decimal", min="0.5"), ["not a number", "-0.5"]),
        (FieldSpec(name="a", type="email"), ["not an address"]),
        (FieldSpec(name="a", type="enum", choices=["x"]), ["none of the choices"]),
    ],
)
def test_invalid_values(field: FieldSpec, values: list[str | int]) -> None:
    assert invalid_values(field) == values
