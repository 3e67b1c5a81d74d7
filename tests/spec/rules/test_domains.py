"""Descriptions that name only a domain: sensible entities, scenarios that compile, the user's own nouns."""

from __future__ import annotations

import pytest

from autodev.spec.rules.lexicon import domains
from tests.spec.rules.reading import read, unmet

NAMED = {
    "A todo list app": "todo", "A blog": "blog", "A library system": "library", "An online shop": "shop", "An inventory system": "inventory",
    "Meeting room booking": "booking", "A chat app": "chat", "A kanban board": "kanban", "A CRM": "contacts", "An expense tracker": "expenses",
    "A recipe site": "recipes", "A polls app": "polls", "A quiz app": "quiz", "An event management system": "events", "An invoicing app": "invoices",
    "A URL shortener": "shortener", "A bookmarks app": "bookmarks", "A note-taking app": "notes", "A habit tracker": "habits", "A fitness tracker": "fitness",
    "An e-learning platform": "courses", "A movie review site": "movies", "A hotel reservation system": "hotel", "A parking system": "parking",
    "A helpdesk system": "tickets", "A dentist booking app": "appointments", "A pet adoption site": "pets", "A job board": "jobs",
}  # fmt: skip


@pytest.mark.parametrize(("text", "name"), NAMED.items())
def test_named_only(text: str, name: str) -> None:
    spec = read(text)
    assert spec.domain == name
    assert spec.entities
    assert all(entity.fields or entity.relations for entity in spec.entities)
    assert any(r.understood for r in spec.requirements)


def test_every_domain_is_tried() -> None:
    assert set(NAMED.values()) == {domain.name for domain in domains()}


def test_the_users_noun_wins() -> None:
    spec = read("A task manager")
    assert [entity.name for entity in spec.entities] == ["Task"]
    assert spec.entity("Task").plural == "tasks"
    doctors = read("A doctor appointment system")
    assert doctors.entity("Appointment").relation("doctor") is not None


def test_the_users_fields_win() -> None:
    spec = read("A library system. Books have a title and a year.")
    assert [f.name for f in spec.entity("Book").fields] == ["title", "year"]
    assert any(rule.family == "stock" for rule in spec.entity("Loan").rules), "a book without copies is one copy"


def test_a_field_is_no_domain() -> None:
    spec = read("A REST API for planets. Planets have a name and notes.")
    assert spec.domain is None
    assert [entity.name for entity in spec.entities] == ["Planet"]


def test_things_beside_the_domain() -> None:
    spec = read("A CRM with contacts and companies. A contact belongs to a company.")
    assert spec.entity("Contact").relation("company") is not None
    assert spec.entity("Contact").field("company") is None
    assert not unmet(spec)


def test_the_shop_does_not_claim_a_checkout() -> None:
    spec = read("Create an e-commerce site")
    assert any("Checking out" in r.text for r in spec.requirements if not r.understood)
