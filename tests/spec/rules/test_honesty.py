"""What was not said is not made, and what was not understood is told."""

from __future__ import annotations

import pytest

from tests.spec.rules.reading import families, read, unmet


@pytest.mark.parametrize(
    "text",
    [
        "A REST API for books. A book has a title.", "An API for orders. An order has a customer and a total.", "A todo app.", "A notes app with search by title.",
        "A REST API for planets", "A product catalogue. Products have a name and a price.", "A web app for pets. A pet has a name and an age.",
    ],
)  # fmt: skip
def test_no_rule_is_invented(text: str) -> None:
    assert families(read(text)) == set()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Build me a todo app with email reminders.", "reminders"), ("A todo app that syncs with Outlook.", "Outlook"), ("A blog with a dark mode.", "dark"),
        ("A REST API for books. Books glow in the dark.", "glow"), ("A library system where members borrow books. Librarians dance on Fridays.", "dance"),
        ("A todo API. The API must answer within 50 ms.", "50"), ("A todo API with GraphQL subscriptions.", "subscriptions"), ("A shop with PayPal payments.", "PayPal"),
        ("A todo app with three themes.", "three"), ("A recipe site. Recipes are translated into French.", "translated"),
    ],
)  # fmt: skip
def test_words_that_nobody_took_are_told(text: str, word: str) -> None:
    spec = read(text)
    told = [r for r in spec.requirements if not r.understood and word in r.text]
    assert told, [r.text for r in spec.requirements if not r.understood]
    assert all(r.note for r in told)
    assert all(r.sentence in text for r in told)
    assert any(risk.severity == "high" for risk in spec.risks)


@pytest.mark.parametrize(
    "text",
    [
        "A user may have at most several todos.",
        "Todos can be cancelled until the moon is full.",
        "Late todos cost a fortune a day.",
        "The title of a todo is between nice and very nice.",
    ],
)
def test_half_a_rule_is_no_rule(text: str) -> None:
    spec = read("A todo app. " + text)
    assert families(spec) <= {"transition"}
    assert unmet(spec)


def test_numbers_are_never_passed_over() -> None:
    assert unmet(read("A todo app with 17."))


@pytest.mark.parametrize(
    "text", ["A Rust library with a token bucket", "A static page that shows the time", "A landing page for a bakery"]
)
def test_kinds_without_scenarios_claim_nothing(text: str) -> None:
    spec = read(text)
    assert spec.entities == []
    assert [r for r in spec.requirements if r.understood] == []


def test_a_framing_sentence_shares_the_first_scenario() -> None:
    spec = read("A todo app. Use PostgreSQL.")
    frame = next(r for r in spec.requirements if r.sentence == "Use PostgreSQL")
    assert frame.kind == "constraint"
    assert frame.scenarios
    assert spec.database == "postgresql"
    assert not unmet(spec)


def test_a_sentence_said_twice_is_a_requirement_each() -> None:
    spec = read("A REST API for books. A book has a title and a unique ISBN. The ISBN is unique.")
    assert {"A book has a title and a unique ISBN", "The ISBN is unique"} <= {r.sentence for r in spec.requirements}
    assert not unmet(spec)


def test_a_second_limit_is_not_silently_dropped() -> None:
    spec = read(
        "A library system where members borrow books. A member may hold at most five loans. A member may hold at most six loans."
    )
    assert unmet(spec) == ["A member may hold at most six loans"]
