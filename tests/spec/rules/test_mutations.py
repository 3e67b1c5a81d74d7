"""Scenarios can fail: each rule taken out of the product, each value made wrong, is noticed by a scenario."""

from __future__ import annotations

import pytest

from autodev.spec.rules import analyse
from tests.spec.rules.mutants import mutants
from tests.spec.rules.product import failures

IDEAS = (
    "Create a REST API for a todo app with authentication. A user can have at most 3 open todos. Completed todos cannot be changed.",
    (
        "A library system where members borrow books. Books have a title, an author, an ISBN and a number of copies. A member may hold at most five loans and a loan "
        "lasts 14 days; late returns cost 0.20 a day."
    ),
    (
        "Meeting room booking with Django: employees book rooms for a time slot, no two bookings of a room may overlap, and a booking can be cancelled until one hour "
        "before it starts. A booking can last at most 4 hours. Bookings must be made at least 2 hours in advance."
    ),
    (
        "An API for orders. An order has a customer and a note. An order has many lines. A line has a quantity and a price. Orders go from pending to paid to shipped. "
        "The total of an order is the sum of quantity times price of its lines. Orders can be filtered by status."
    ),
    "A blog API. Users can write posts and comment on them. A published post cannot be edited. Authors can publish posts. Posts are public. A post shows its number of comments.",
    (
        "A movie review API. A user can review a movie only once. Show the average rating of each movie. A movie has a unique title of at most 80 characters and a year "
        "between 1888 and 2100."
    ),
    "An event API with authentication. Users register for events. An event has a name, a start time and a number of seats. No more registrations than seats.",
    "An inventory backend: products, warehouses and stock movements; stock per warehouse is the sum of its movements.",
    "A helpdesk. Tickets go from open to in progress to closed. Only admins can close tickets.",
)


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea[:40])
def test_the_product_as_specified_passes(idea: str) -> None:
    assert failures(analyse(idea)) == []


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea[:40])
def test_every_mutant_is_caught(idea: str) -> None:
    spec = analyse(idea)
    alive = []
    for name, change in mutants(spec):
        mutant = spec.model_copy(deep=True)
        change(mutant)
        if not failures(mutant):
            alive.append(name)
    assert alive == []
