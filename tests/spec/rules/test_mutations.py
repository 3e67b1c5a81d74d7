"""Scenarios can fail: each rule taken out of the product, each value made wrong, is noticed by a scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from autodev.spec.expr import Lit
from autodev.spec.rules import analyse
from autodev.spec.schema import Spec
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

Mutant = tuple[str, Callable[[Spec], object]]


def _mutants(spec: Spec) -> Iterator[Mutant]:
    """What a careless product would leave out."""
    for entity in spec.entities:
        for rule in entity.rules:
            yield f"{entity.name} without the rule {rule.id}", _without_rule(entity.name, rule.id)
        for action in entity.actions:
            for rule in action.requires:
                yield (
                    f"{entity.name}.{action.name} without {rule.id}",
                    _without_requirement(entity.name, action.name, rule.id),
                )
            yield f"{entity.name}.{action.name} does nothing", _idle(entity.name, action.name)
        for field in entity.fields:
            if field.unique:
                yield f"{entity.name}.{field.name} not unique", _field(entity.name, field.name, unique=False)
            if field.computed is not None and field.type == "decimal":
                yield f"{entity.name}.{field.name} always 7", _always_seven(entity.name, field.name)
        title = entity.field(entity.title)
        if title is not None and title.required and title.is_input:
            yield f"{entity.name}.{title.name} not needed", _field(entity.name, title.name, required=False)
        if entity.owned:
            yield (
                f"{entity.name} open to everybody",
                _entity(entity.name, owned=False, write="member", visibility="member"),
            )
        if entity.write == "admin":
            yield f"{entity.name} written by members", _entity(entity.name, write="member")


def _without_rule(entity: str, rule_id: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        spec.entity(entity).rules = [rule for rule in spec.entity(entity).rules if rule.id != rule_id]

    return change


def _without_requirement(entity: str, action: str, rule_id: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        found = next(a for a in spec.entity(entity).actions if a.name == action)
        found.requires = [rule for rule in found.requires if rule.id != rule_id]

    return change


def _idle(entity: str, action: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        next(a for a in spec.entity(entity).actions if a.name == action).sets = {}

    return change


def _field(entity: str, name: str, **values: object) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        for key, value in values.items():
            setattr(spec.entity(entity).field(name), key, value)

    return change


def _entity(name: str, **values: object) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        for key, value in values.items():
            setattr(spec.entity(name), key, value)

    return change


def _always_seven(entity: str, name: str) -> Callable[[Spec], object]:
    def change(spec: Spec) -> None:
        seven = Lit(value="7.00", type="decimal")
        field = spec.entity(entity).field(name)
        assert field is not None
        field.computed = seven
        for action in spec.entity(entity).actions:
            if name in action.sets:
                action.sets[name] = seven

    return change


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea[:40])
def test_the_product_as_specified_passes(idea: str) -> None:
    assert failures(analyse(idea)) == []


@pytest.mark.parametrize("idea", IDEAS, ids=lambda idea: idea[:40])
def test_every_mutant_is_caught(idea: str) -> None:
    spec = analyse(idea)
    alive = []
    for name, change in _mutants(spec):
        mutant = spec.model_copy(deep=True)
        change(mutant)
        if not failures(mutant):
            alive.append(name)
    assert alive == []
