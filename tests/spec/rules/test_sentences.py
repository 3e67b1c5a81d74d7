"""Short sentences by family, in several phrasings: which rule, field or entity each gives."""

from __future__ import annotations

import pytest

from autodev.spec.english import rule_in_english
from tests.spec.rules.reading import families, read, rule, rules_of, unmet

LIBRARY = "A library system where members borrow books. "
ROOMS = "Meeting room booking. Employees book rooms for a time slot. "
ORDERS = "A REST API for orders. An order has a customer and a note. "
PRODUCTS = "A REST API for products. A product has a name, a price and a stock. "
POSTS = "A blog. "


@pytest.mark.parametrize(
    "text",
    [
        "The price cannot be negative.", "Price may not be negative.", "The price of a product must not be negative.",
        "A product's price can't go below zero.", "The price must be at least 0.", "The price must be zero or more.",
    ],
)  # fmt: skip
def test_not_negative(text: str) -> None:
    spec = read(PRODUCTS + text)
    field = spec.entity("Product").field("price")
    assert field is not None
    assert field.min == "0"
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    ["The price must be positive.", "Price has to be greater than zero.", "The price of a product must be above 0."],
)
def test_positive(text: str) -> None:
    spec = read(PRODUCTS + text)
    field = spec.entity("Product").field("price")
    assert field is not None
    assert field.min == "0.01"
    assert not unmet(spec)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("The score is between 1 and 5.", "1", "5"),
        ("Score must be between one and five.", "1", "5"),
        ("The score of a review ranges from 1 to 10.", "1", "10"),
        ("The score must be at least 3.", "3", None),
        ("The score is at most 10.", "0", "10"),
        ("The score cannot exceed 100.", "0", "100"),
        ("The score must not be less than 2.", "2", None),
        ("The score must be 1-5.", "1", "5"),
    ],
)
def test_ranges(text: str, low: str | None, high: str | None) -> None:
    spec = read("A REST API for games. A game has a name and a score. " + text.replace("review", "game"))
    field = spec.entity("Game").field("score")
    assert field is not None
    assert (field.min, field.max) == (low, high)
    assert not unmet(spec)
    assert any(s.id == "bounds" for r in spec.requirements for s in r.scenarios)


@pytest.mark.parametrize(
    "text",
    [
        "The name is at most 40 characters long.",
        "Name cannot exceed 40 characters.",
        "The name must be no longer than 40 characters.",
    ],
)
def test_length(text: str) -> None:
    field = read(PRODUCTS + text).entity("Product").field("name")
    assert field is not None
    assert field.max_length == 40


@pytest.mark.parametrize(
    "text",
    [
        "The name is unique.", "Names must be unique.", "The name of a product must be unique.", "No two products can have the same name.",
        "Two products cannot have the same name.", "A product's name must be unique.", "Different products may not share the same name.",
        "The same name cannot be used twice.",
    ],
)  # fmt: skip
def test_unique(text: str) -> None:
    spec = read(PRODUCTS + text)
    field = spec.entity("Product").field("name")
    assert field is not None
    assert field.unique
    assert any(s.id == "unique" for r in spec.requirements for s in r.scenarios)
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "Book titles must be unique per author.",
        "No two books can have the same title and author.",
        "The title of a book must be unique within an author.",
    ],
)
def test_unique_together(text: str) -> None:
    spec = read("A REST API for authors and books. A book has a title. A book belongs to an author. " + text)
    assert "unique_together" in families(spec)
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "A product must have a name.", "The name is required.", "Name is mandatory.", "The name cannot be empty.",
        "A product without a name is refused.", "A product without a name is rejected with a clear error.", "The name of a product may not be blank.",
    ],
)  # fmt: skip
def test_required(text: str) -> None:
    spec = read(PRODUCTS + text)
    assert any(s.id == "without_name" for r in spec.requirements for s in r.scenarios)
    assert not unmet(spec)
    assert any(r.id.startswith("products_name_required") for r in spec.requirements)


@pytest.mark.parametrize(
    "text", ["The price is optional.", "Price may be left out.", "The price of a product can be omitted."]
)
def test_optional(text: str) -> None:
    spec = read(PRODUCTS + text)
    field = spec.entity("Product").field("price")
    assert field is not None
    assert not field.required
    assert not unmet(spec)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("A member may hold at most five loans.", 5),
        ("A member can have no more than 3 loans at a time.", 3),
        ("Members may borrow up to four books.", 4),
        ("Each member can borrow a maximum of 2 books at once.", 2),
        ("No member may hold more than six loans.", 6),
        ("A member cannot borrow more than 3 books.", 3),
        ("At most five loans per member.", 5),
        ("Members are limited to 5 loans.", 5),
        ("The maximum number of loans per member is 5.", 5),
        ("Members can only hold ten loans.", 10),
    ],
)
def test_at_most_for_each_person(text: str, most: int) -> None:
    spec = read(LIBRARY + text)
    assert rule(spec, "limit_per_owner").id == f"at_most_{most}_loans"
    assert not unmet(spec)
    steps = next(s for r in spec.requirements for s in r.scenarios if s.id == "limit").steps
    loans = [step for step in steps if step.do == "create" and step.entity == "Loan"]
    assert [step.expect for step in loans][: most + 1] == ["ok"] * most + ["refused"]


def test_a_limit_of_open_records_counts_only_these() -> None:
    spec = read("A task tracker. A user can have at most 3 open tasks.")
    assert "completed" in repr(rule(spec, "limit_per_owner").require)
    assert not unmet(spec)


def test_a_limit_too_large_to_show_is_not_claimed() -> None:
    spec = read(LIBRARY + "A member may hold at most 500 loans.")
    assert "limit_per_owner" in families(spec)
    assert unmet(spec) == ["A member may hold at most 500 loans"]


@pytest.mark.parametrize(
    "text",
    [
        "Orders go from pending to paid to shipped.", "An order goes from pending to paid, then to shipped.",
        "The status of an order moves from pending to paid to shipped.", "Orders move from pending to paid to shipped.",
        "An order can only go from pending to paid to shipped.", "Order status changes from pending to paid to shipped.",
    ],
)  # fmt: skip
def test_transitions(text: str) -> None:
    spec = read(ORDERS + text)
    status = spec.entity("Order").field("status")
    assert status is not None
    assert (status.choices, status.default) == (["pending", "paid", "shipped"], "pending")
    assert rule(spec, "transition").on == ["update"]
    assert not unmet(spec)
    assert any(s.id == "not_pending_to_shipped" for r in spec.requirements for s in r.scenarios)


@pytest.mark.parametrize(
    "text",
    [
        "The status of an order is open, closed or lost.",
        "The status can be open, closed or lost.",
        "An order has a status: open, closed or lost.",
        "Orders are either open, closed or lost.",
    ],
)
def test_sets_of_states(text: str) -> None:
    spec = read(ORDERS + text)
    status = spec.entity("Order").field("status")
    assert status is not None
    assert status.choices == ["open", "closed", "lost"]
    assert "transition" not in families(spec)


@pytest.mark.parametrize(
    ("text", "on"),
    [
        ("A published post cannot be edited.", ["update"]),
        ("Published posts can't be changed or deleted.", ["update", "delete"]),
        ("Once published, a post can no longer be edited.", ["update"]),
        ("Posts cannot be deleted once they are published.", ["delete"]),
        ("A post may not be modified after it has been published.", ["update"]),
    ],
)
def test_locked_states(text: str, on: list[str]) -> None:
    spec = read(POSTS + text)
    assert rule(spec, "locked").on == on
    assert [action.name for action in spec.entity("Post").actions] == ["publish"]
    assert not unmet(spec)


def test_completed_todos_are_locked_by_their_flag() -> None:
    spec = read("A todo app. Completed todos cannot be changed.")
    assert "completed" in repr(rule(spec, "locked").require)


@pytest.mark.parametrize(
    "text",
    [
        "A user can rate a book only once.", "Users may rate a book only once.", "A user cannot rate the same book twice.",
        "No user may rate a book more than once.", "Users rate books. One rating per user per book.", "Users rate books. Each user can give only one rating per book.",
        "Users rate books. Only one rating per user and book.",
    ],
)  # fmt: skip
def test_once_for_each_person(text: str) -> None:
    spec = read("A REST API for books. A book has a title. " + text)
    assert rule(spec, "once_per_user").id == "one_rating_each"
    assert not unmet(spec)
    assert spec.entity("Rating").owned


@pytest.mark.parametrize(
    "text",
    [
        "The total of an order is the sum of quantity times price of its lines.", "An order's total is the sum of quantity times price of its lines.",
        "The total of an order equals the sum of the quantity multiplied by the price of all its lines.",
    ],
)  # fmt: skip
def test_totals(text: str) -> None:
    spec = read(ORDERS + "An order has many lines. A line has a quantity and a price. " + text)
    total = spec.entity("Order").field("total")
    assert total is not None
    assert total.computed is not None
    assert total.computed.op == "sum"
    assert not unmet(spec)
    figure = next(s for r in spec.requirements for s in r.scenarios if s.id == "figure")
    assert [step.see for step in figure.steps if step.do == "read"] == [{"total": "56.50"}]


@pytest.mark.parametrize(
    "text",
    [
        "Show the average rating of each movie.",
        "A movie has an average rating.",
        "The average rating of a movie is shown.",
        "Each movie shows its average rating.",
    ],
)
def test_averages(text: str) -> None:
    spec = read("A REST API for movies. Users review movies. " + text)
    field = spec.entity("Movie").field("average_rating")
    assert field is not None
    assert field.computed is not None
    assert field.computed.op == "avg"
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "A post shows the number of comments.",
        "Each post has its number of comments.",
        "Show the number of comments of each post.",
    ],
)
def test_counts(text: str) -> None:
    field = read("A blog. Users comment on posts. " + text).entity("Post").field("comments_count")
    assert field is not None
    assert field.computed is not None
    assert field.computed.op == "count"


def test_a_product_of_two_fields() -> None:
    spec = read(
        "A REST API for lines. A line has a quantity and a price. The amount of a line is quantity times price."
    )
    amount = spec.entity("Line").field("amount")
    assert amount is not None
    assert amount.computed is not None
    assert amount.computed.op == "mul"


@pytest.mark.parametrize(
    "text",
    [
        "Stock cannot go below zero.", "The stock can never be negative.", "A movement that would make the stock negative is refused.",
        "Stock per warehouse is the sum of its movements.",
    ],
)  # fmt: skip
def test_stock_of_movements(text: str) -> None:
    spec = read("An inventory backend: products, warehouses and stock movements. " + text)
    assert "stock" in families(spec)
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "No more registrations than seats.", "Registrations cannot exceed the number of seats.", "An event cannot be overbooked.",
        "An event with no free seats cannot be booked.",
    ],
)  # fmt: skip
def test_seats(text: str) -> None:
    spec = read("An API where users register for events. An event has a name and a number of seats. " + text)
    assert "stock" in families(spec)
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "A book cannot be borrowed when no copies are left.",
        "A book without a free copy cannot be borrowed.",
        "Members can only borrow a book if a copy is available.",
    ],
)
def test_copies(text: str) -> None:
    spec = read(LIBRARY + text)
    assert rule(spec, "stock").field == "book"
    assert not unmet(spec)


def test_what_has_ended_no_longer_counts() -> None:
    """The registration was read before its cancelling: the rule is settled at the end."""
    spec = read(
        "An API where users register for events. An event has a name and seats. Registrations can be cancelled."
    )
    assert "cancelled_at" in repr(rule(spec, "stock").require)
    assert "cancelled_at" in repr(rule(spec, "once_per_user").require)


@pytest.mark.parametrize(
    "family_text",
    [
        "A member may hold at most five loans.",
        "A loan lasts 14 days.",
        "A published post cannot be edited.",
        "No two bookings of a room may overlap.",
    ],
)
def test_every_rule_can_be_said_in_english(family_text: str) -> None:
    start = {"published": POSTS, "bookings": ROOMS}
    spec = read(next((text for word, text in start.items() if word in family_text), LIBRARY) + family_text)
    for entity, found in rules_of(spec):
        sentence = rule_in_english(found, entity.lower())
        assert sentence.startswith(f"When the {entity.lower()} is ")
        assert sentence.endswith(".")
        assert "<" not in sentence
