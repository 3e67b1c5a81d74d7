"""The small parts: words, quantities, sentences, fields, notation, lexicon."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.spec.rules import lexicon
from autodev.spec.rules.field_reading import read_field
from autodev.spec.rules.notation import field_from, relation_from
from autodev.spec.rules.patterns import split_list
from autodev.spec.rules.quantities import Duration, duration_from, money_from, unit
from autodev.spec.rules.registry import readers
from autodev.spec.rules.text import MAX_CLAUSES, clauses, clean, read_clauses, sentences
from autodev.spec.rules.words import (
    article,
    entity_name,
    identifier,
    is_plural,
    number,
    participle_base,
    plural,
    plural_slug,
    singular,
)


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("book", "books"), ("category", "categories"), ("box", "boxes"), ("quiz", "quizzes"), ("person", "people"), ("movie", "movies"), ("warehouse", "warehouses"),
        ("address", "addresses"), ("status", "statuses"), ("branch", "branches"), ("day", "days"), ("equipment", "equipment"), ("course", "courses"), ("expense", "expenses"),
    ],
)  # fmt: skip
def test_number_of_nouns(one: str, many: str) -> None:
    assert plural(one) == many
    assert singular(many) == one
    assert singular(one) == one


def test_is_plural() -> None:
    assert is_plural("books")
    assert is_plural("people")
    assert not is_plural("bus")


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("five", 5),
        ("12", 12),
        ("1,000", 1000),
        ("a dozen", 12),
        ("a hundred", 100),
        ("twenty", 20),
        ("no", 0),
        ("banana", None),
        ("9" * 30, None),
        ("one hundred", 100),
    ],
)
def test_numbers(said: str, value: int | None) -> None:
    assert number(said) == value


def test_names() -> None:
    assert entity_name("stock movements") == "StockMovement"
    assert entity_name("!!") == ""
    assert entity_name("3d models") == "N3dModel"
    assert identifier("Due date") == "due_date"
    assert identifier("!!!") == "item"
    assert identifier("2nd name") == "n2nd_name"
    assert plural_slug("CartItem") == "cart_items"
    assert article("employee") == "an employee"
    assert article("user") == "a user"


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("edited", "edit"),
        ("rescheduled", "reschedule"),
        ("paid", "pay"),
        ("applied", "apply"),
        ("stopped", "stop"),
        ("open", None),
    ],
)
def test_participles(word: str, base: str | None) -> None:
    assert base in participle_base(word) if base else not participle_base(word)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("14 days", 1_209_600), ("two weeks", 1_209_600), ("an hour", 3_600), ("half an hour", 1_800), ("24 hours", 86_400), ("a fortnight", 1_209_600),
        ("30 minutes", 1_800), ("one month", 2_592_000), ("1.5 hours", 5_400), ("24-hour", 86_400), ("3 business days", 259_200), ("soon", None), ("banana days", None),
        ("99999999 years", None),
    ],
)  # fmt: skip
def test_durations(said: str, seconds: int | None) -> None:
    found = duration_from(said)
    assert (found.seconds if found else None) == seconds


def test_duration_labels() -> None:
    assert Duration(3_600, "").label == "1 hour"
    assert Duration(1_209_600, "").label == "14 days"
    assert Duration(0, "").label == "0 seconds"
    assert unit("Hours") == "hour"
    assert unit("mins") == "minute"


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("0.20", "0.20"),
        ("$5", "5.00"),
        ("50 cents", "0.50"),
        ("1,5", "1.50"),
        ("2 euros", "2.00"),
        ("ten dollars", "10.00"),
        ("five cents", "0.05"),
    ],
)
def test_money(said: str, amount: str) -> None:
    assert money_from(said) == amount


def test_sentences() -> None:
    assert sentences("One costs 0.20 a day. Two; three\nfour! E.g. this one stays.") == [
        "One costs 0.20 a day",
        "Two",
        "three",
        "four",
        "E.g. this one stays",
    ]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Books have a title, an author and a price", ["Books have a title, an author and a price"]),
        (
            "A member may hold five loans and a loan lasts 14 days",
            ["A member may hold five loans", "a loan lasts 14 days"],
        ),
        ("Users can create, edit and delete posts", ["Users can create, edit and delete posts"]),
        ("A library system where members borrow books", ["A library system", "members borrow books"]),
        (
            "Inventory in Java: products, warehouses and movements",
            ["Inventory in Java", "products, warehouses and movements"],
        ),
        ("A board with columns and cards that can be dragged", ["A board with columns and cards that can be dragged"]),
        (
            "A book has a title and a price that must be positive",
            ["A book has a title and a price that must be positive"],
        ),
        ("An order has a status: open, closed or lost", ["An order has a status: open, closed or lost"]),
        ("Books (title, author, and year), members (name)", ["Books (title, author, and year), members (name)"]),
    ],
)
def test_clauses(sentence: str, expected: list[str]) -> None:
    assert clauses(sentence) == expected


def test_cleaning() -> None:
    assert clean("<b>A</b> todo &amp; note\x00 app\u200b \u201cX\u201d") == 'A todo & note app "X"'
    assert clean("- one\n- two\n1. three") == "one\ntwo\nthree"


def test_what_is_too_long_is_cut_and_the_rest_named() -> None:
    found, unread = read_clauses(". ".join(["A book has a title"] * (MAX_CLAUSES + 9)))
    assert len(found) == MAX_CLAUSES
    assert len(unread) == 9
    assert len(clauses("word " * 500)) > 1
    assert clauses("x" * 900)


def test_lists() -> None:
    assert [text for text, _ in split_list("a title, an author (first, last), and a score between 1 and 5")] == [
        "a title", "an author (first, last)", "a score between 1 and 5",
    ]  # fmt: skip
    phrase = "a title and a price"
    assert all(phrase[place:].startswith(text) for text, place in split_list(phrase))


def test_fields() -> None:
    item = read_field("an optional price between 0.5 and 10")
    assert item is not None
    assert (item.field.type, item.field.required, item.field.min, item.field.max) == ("decimal", False, "0.5", "10")
    colour = read_field("a colour (red, green or blue)")
    assert colour is not None
    assert (colour.field.type, colour.field.choices) == ("enum", ["red", "green", "blue"])
    many = read_field("a list of tags")
    assert many is not None
    assert many.many
    assert read_field("") is None
    assert read_field("one two three four five six seven") is None


def test_notation() -> None:
    field = field_from("age", "integer min=0 max=150 default=3 optional unique")
    assert (field.type, field.min, field.max, field.default, field.required, field.unique) == (
        "integer",
        "0",
        "150",
        3,
        False,
        True,
    )
    assert field_from("code", "string max_length=8").max_length == 8
    assert field_from("done", "boolean default=true").default is True
    for wrong in ("number", "string loud"):
        with pytest.raises(ValueError, match="age"):
            field_from("age", wrong)
    assert relation_from("tags", "->> Tag").kind == "many_to_many"
    assert relation_from("book", "-> Book optional").on_delete == "set_null"


def test_lexicon_has_a_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexicon, "_load", lambda _name: {"people": 3})
    with pytest.raises(lexicon.LexiconError, match=r"lexicon/vocabulary\.yaml"):
        lexicon.vocabulary.__wrapped__()


def test_every_family_file_registers_a_reader() -> None:
    folder = Path(lexicon.__file__).parent / "families"
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert {reader.__module__.rsplit(".", 1)[1] for reader in readers()} == files
