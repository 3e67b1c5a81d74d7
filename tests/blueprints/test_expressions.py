"""Every node of the expression form, translated and then run against objects."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from autodev.blueprints.python.expressions import Translator
from autodev.blueprints.python.sqlalchemy_query import Queries
from autodev.blueprints.render import BlueprintError
from autodev.spec.expr import Aggregate, Arith, Expr, In, IsNull, Lit, Logic, Not, Now, Ref, Units
from tests.blueprints.fastapi_specs.lending import library
from tests.blueprints.fastapi_specs.trade import tickets
from tests.blueprints.fastapi_specs.words import both, compare, duration, item, money, old, own, whole

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

SPEC = library()
LOANS = Translator(SPEC, SPEC.entity("Loan"), self_name="loan")
NOTHING = Lit(value=None, type="null")
TRUE, FALSE = Lit(value=True, type="boolean"), Lit(value=False, type="boolean")


def loan(**values: Any) -> SimpleNamespace:
    book = SimpleNamespace(id=7, copies=3, title="Emma")
    return SimpleNamespace(**{"id": 1, "book": book, "book_id": 7, "due_at": NOW, "returned_at": None, **values})


def run(code: str, **names: Any) -> Any:
    clock = SimpleNamespace(now=lambda: NOW, today=NOW.date)
    given = {
        "clock": clock, "Decimal": Decimal, "timedelta": dt.timedelta, "date": dt.date, "datetime": dt.datetime,
    }  # fmt: skip
    return eval(code, {**given, **names})  # noqa: S307 - the code is the translator's own


def value(expr: Expr, **values: Any) -> Any:
    return run(LOANS.optional(expr).text, loan=loan(**values), user=SimpleNamespace(id=5, email="a@b.c"), old_fine=None)


def known(expr: Expr, *, holds: bool = True, **values: Any) -> bool:
    found = run(LOANS.condition(expr, holds=holds).text, loan=loan(**values))
    assert isinstance(found, bool)
    return found


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Lit(value='a "b"\n', type="string"), 'a "b"\n'),
        (Lit(value="1.50", type="decimal"), Decimal("1.50")),
        (Lit(value="2026-01-02", type="date"), dt.date(2026, 1, 2)),
        (Lit(value="2026-01-02T03:04:05+00:00", type="datetime"), dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
        (duration(14 * 86400), dt.timedelta(days=14)),
        (duration(90), dt.timedelta(seconds=90)),
        (NOTHING, None),
        (whole(-3), -3),
        (Now(), NOW),
        (Now(as_date=True), NOW.date()),
        (own("id"), 1),
        (own("book"), 7),
        (own("book.title"), "Emma"),
        (Ref(path="", of="actor"), 5),
        (Ref(path="email", of="actor"), "a@b.c"),
        (old("fine"), None),
        (Arith(op="add", left=own("due_at"), right=duration(86400)), NOW + DAY),
        (Arith(op="sub", left=Now(), right=own("due_at")), dt.timedelta()),
        (Arith(op="mul", left=money("0.20"), right=own("book.copies")), Decimal("0.60")),
        (Arith(op="div", left=own("book.copies"), right=whole(2)), Decimal("1.5")),
        (Arith(op="div", left=whole(1), right=Arith(op="sub", left=whole(2), right=whole(2))), Decimal(0)),
        (Arith(op="max", left=money("0.5"), right=whole(1)), Decimal(1)),
        (Arith(op="min", left=whole(4), right=whole(3)), 3),
        (Arith(op="sub", left=whole(9), right=Arith(op="sub", left=whole(5), right=whole(1))), 5),
        (Arith(op="mul", left=Arith(op="add", left=whole(1), right=whole(2)), right=whole(3)), 9),
        (Units(of=duration(90000), unit="day"), 1),
        (Units(of=duration(90000), unit="day", ceil=True), 2),
        (Units(of=duration(86400), unit="day", ceil=True), 1),
        (Units(of=duration(7200), unit="hour"), 2),
        (Units(of=duration(7200), unit="minute"), 120),
        (Units(of=duration(86400 * 15), unit="week"), 2),
        (compare(whole(1), "lt", whole(2)), True),
    ],
)
def test_values(expr: Expr, expected: object) -> None:
    found = value(expr)
    assert found == expected
    assert type(found) is type(expected)


def test_a_missing_part_makes_a_value_none() -> None:
    late = Units(of=Arith(op="sub", left=own("returned_at"), right=own("due_at")), unit="day")
    assert value(late) is None
    assert value(late, returned_at=NOW + 3 * DAY) == 3


@pytest.mark.parametrize(
    ("op", "less", "same", "more"),
    [
        ("lt", True, False, False),
        ("le", True, True, False),
        ("eq", False, True, False),
        ("ne", True, False, True),
        ("ge", False, True, True),
        ("gt", False, False, True),
    ],
)
def test_comparisons_and_their_opposites(op: Any, less: bool, same: bool, more: bool) -> None:
    for at, expected in ((NOW - DAY, less), (NOW, same), (NOW + DAY, more)):
        assert known(compare(own("due_at"), op, Now()), due_at=at) is expected
        assert known(compare(own("due_at"), op, Now()), holds=False, due_at=at) is not expected


def test_what_is_not_known_neither_holds_nor_is_broken() -> None:
    returned_late = compare(own("returned_at"), "gt", own("due_at"))
    assert not known(returned_late)
    assert not known(returned_late, holds=False)
    assert not known(Not(of=returned_late))
    assert known(returned_late, returned_at=NOW + DAY)
    assert known(returned_late, holds=False, returned_at=NOW - DAY)


def test_logic() -> None:
    yes, no = compare(whole(1), "eq", whole(1)), compare(whole(1), "eq", whole(2))
    assert known(both(yes, yes))
    assert not known(both(yes, no))
    assert known(Logic(op="or", items=(no, yes)))
    assert not known(Logic(op="or", items=(no, no)))
    assert known(Not(of=both(yes, no)))
    assert known(both(), holds=True)
    assert not known(Logic(op="or", items=()))
    assert known(both(Logic(op="or", items=(yes, no)), Not(of=no)))
    assert not known(both(Logic(op="or", items=(yes, no)), no))


def test_null_and_membership() -> None:
    assert known(IsNull(of=own("returned_at")))
    assert not known(IsNull(of=own("returned_at")), returned_at=NOW)
    assert known(compare(own("returned_at"), "eq", NOTHING))
    assert known(compare(own("returned_at"), "ne", NOTHING), returned_at=NOW)
    titles = (Lit(value="Emma", type="string"), Lit(value="Ulysses", type="string"))
    assert known(In(left=own("book.title"), values=titles))
    assert not known(In(left=own("book.title"), values=titles), holds=False)


def test_a_guard_is_written_once() -> None:
    unless_back = Logic(
        op="or", items=(IsNull(of=own("returned_at")), compare(own("returned_at"), "ge", own("due_at")))
    )
    assert LOANS.condition(unless_back).text == "loan.returned_at is None or loan.returned_at >= loan.due_at"


def test_booleans_are_not_compared_with_literals() -> None:
    spec = tickets()
    scope = Translator(spec, spec.entity("Ticket"), self_name="ticket")
    assert scope.condition(compare(TRUE, "eq", TRUE), holds=False).text == "not True"
    assert scope.condition(FALSE).text == "False"


def test_dates_meet_moments_as_days() -> None:
    assert known(compare(own("due_at"), "eq", Now(as_date=True)))


@pytest.mark.parametrize("path", ["nothing", "book.nothing", "nothing.title", "title"])
def test_paths_that_name_nothing_are_refused(path: str) -> None:
    with pytest.raises(BlueprintError):
        LOANS.value(own(path))


def test_an_item_or_an_aggregate_out_of_place_is_refused() -> None:
    with pytest.raises(BlueprintError):
        LOANS.value(item("id"))
    with pytest.raises(BlueprintError):
        LOANS.value(Aggregate(op="count", entity="Loan"))


def test_aggregates_become_queries() -> None:
    def asked(node: Aggregate, condition: Expr) -> tuple[list[str], str]:
        queries = Queries()
        return queries.statements, replace(LOANS, aggregate=queries).condition(condition).text

    same_book = compare(item("book"), "eq", own("book"))
    count = Aggregate(op="count", entity="Loan", where=both(same_book, IsNull(of=item("returned_at"))))
    statements, condition = asked(count, compare(count, "le", whole(5)))
    assert statements == [
        (
            "loan_count = session.scalars(select(func.count()).select_from(Loan)"
            ".where(Loan.book_id == loan.book_id, Loan.returned_at.is_(None))).one()"
        )
    ]
    assert condition == "loan_count <= 5"
    exists = Aggregate(op="exists", entity="Loan", where=same_book, exclude_self=True)
    statements, condition = asked(exists, Not(of=exists))
    assert statements == [
        (
            "other_loan = session.scalars(select(Loan.id)"
            ".where(Loan.book_id == loan.book_id, Loan.id != loan.id).limit(1)).first()"
        )
    ]
    assert condition == "other_loan is None"
    total = Aggregate(op="sum", entity="Loan", value=item("fine"), where=same_book)
    statements, condition = asked(total, compare(total, "le", money("5")))
    assert statements == [
        (
            "fines = session.scalars(select(Loan.fine)"
            ".where(Loan.book_id == loan.book_id).where(Loan.fine.is_not(None))).all()"
        )
    ]
    assert condition == 'sum(fines, Decimal(0)) <= Decimal("5")'


def test_what_sql_would_answer_differently_is_asked_in_python() -> None:
    queries = Queries()
    soon = compare(item("due_at"), "lt", Arith(op="add", left=item("due_at"), right=duration(60)))
    node = Aggregate(op="count", entity="Loan", where=soon)
    code = replace(LOANS, aggregate=queries).value(node)
    assert queries.statements == []
    assert code.text.startswith("sum(1 for other_loan in session.scalars(select(Loan)).all() if ")


def test_a_condition_in_sql_knows_the_same_operators() -> None:
    queries = Queries()
    where = both(
        compare(own("book"), "eq", item("book")),
        compare(Now(), "gt", item("due_at")),
        Not(of=Logic(op="or", items=(IsNull(of=item("returned_at")), compare(item("fine"), "ge", whole(2))))),
        In(left=item("id"), values=(whole(1), whole(2))),
    )
    replace(LOANS, aggregate=queries).value(Aggregate(op="count", entity="Loan", where=where))
    (statement,) = queries.statements
    assert "Loan.book_id == loan.book_id" in statement
    assert "Loan.due_at < clock.now()" in statement
    assert "and_(Loan.returned_at.is_not(None), Loan.fine < Decimal(2))" in statement
    assert "Loan.id.in_((1, 2,))" in statement
