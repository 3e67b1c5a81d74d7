"""Expressions in words."""

from __future__ import annotations

import pytest

from autodev.spec.english import rule_in_english, to_english
from autodev.spec.expr import Aggregate, Arith, Compare, Expr, In, IsNull, Lit, Logic, Not, Now, Ref, Units
from autodev.spec.schema import RuleSpec

FIVE = Lit(value=5, type="integer")
DUE = Ref(path="due_at")


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        (FIVE, "5"),
        (Lit(value="a", type="string"), '"a"'),
        (Lit(value=True, type="boolean"), "true"),
        (Lit(value=False, type="boolean"), "false"),
        (Lit(value=None, type="null"), "nothing"),
        (Lit(value=86_400, type="duration"), "1 day"),
        (Lit(value=7_200, type="duration"), "2 hours"),
        (Lit(value=0, type="duration"), "0 seconds"),
        (DUE, "its due at"),
        (Ref(path="book.copies"), "the copies of the book"),
        (Ref(path="status", of="old"), "the earlier status"),
        (Ref(path="id", of="actor"), "the signed-in person"),
        (Ref(path="email", of="actor"), "the signed-in person's email"),
        (Now(), "now"),
        (Now(as_date=True), "today"),
        (Compare(op="le", left=Now(), right=DUE), "now is at most its due at"),
        (Arith(op="add", left=Now(), right=Lit(value=3_600, type="duration")), "now plus 1 hour"),
        (Arith(op="max", left=FIVE, right=DUE), "the larger of 5 and its due at"),
        (
            Units(of=Arith(op="sub", left=Now(), right=DUE), unit="day"),
            "the number of whole days in (now minus its due at)",
        ),
        (Units(of=DUE, unit="hour", ceil=True), "the number of started hours in its due at"),
        (IsNull(of=DUE), "its due at is not set"),
        (Not(of=IsNull(of=DUE)), "its due at is set"),
        (Not(of=Compare(op="eq", left=FIVE, right=FIVE)), "it is not so that 5 is 5"),
        (In(left=DUE, values=(FIVE, Lit(value=6, type="integer"))), "its due at is one of 5 or 6"),
        (
            Logic(op="or", items=(IsNull(of=DUE), Logic(op="and", items=(IsNull(of=DUE), IsNull(of=DUE))))),
            "its due at is not set or (its due at is not set and its due at is not set)",
        ),
        (Aggregate(op="count", entity="Loan", exclude_self=True), "the number of other Loan records"),
        (
            Aggregate(op="sum", entity="Line", value=Ref(path="price", of="item")),
            "the sum of their price over the Line records",
        ),
        (
            Aggregate(op="avg", entity="Rating", value=Ref(path="stars", of="item")),
            "the average of their stars over the Rating records",
        ),
        (
            Not(
                of=Aggregate(
                    op="exists",
                    entity="Loan",
                    where=Compare(op="eq", left=Ref(path="book", of="item"), right=Ref(path="book")),
                )
            ),
            "no Loan exists where their book is this record's book",
        ),
        (Aggregate(op="exists", entity="Loan"), "some Loan exists"),
    ],
)
def test_expressions(expr: Expr, words: str) -> None:
    assert to_english(expr) == words


def test_rules() -> None:
    rule = RuleSpec(
        id="r",
        family="custom",
        on=["create", "update", "delete", "action:give_back"],
        require=IsNull(of=DUE),
        message="No.",
    )
    assert (
        rule_in_english(rule, "loan")
        == "When the loan is created, changed, deleted or asked to give back, its due at is not set."
    )
