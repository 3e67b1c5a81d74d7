"""Which scenarios go through the screens: few, by the browser, and only where there are screens."""

from __future__ import annotations

import pytest

from autodev.spec.checks import BrowserCheck
from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.rules import analyse
from autodev.spec.rules.acceptance.journeys import MOST
from autodev.spec.scenario import Create, ListRecords, Scenario
from autodev.spec.schema import Spec

BOOKING = (
    "Meeting room booking with Django: employees book rooms for a time slot, no two bookings of a room may overlap, "
    "and a booking can be cancelled until one hour before it starts"
)


def journeys(spec: Spec) -> list[tuple[str, Scenario]]:
    return [(r.id, s) for r in spec.requirements for s in r.scenarios if s.through == "browser"]


@pytest.mark.feature("F1.11")
def test_the_main_record_is_made_seen_and_refused() -> None:
    [(requirement, journey)] = journeys(analyse(BOOKING))
    assert requirement == "bookings_overlap"
    done = [step for step in journey.steps if isinstance(step, Create | ListRecords)]
    assert [(type(step).__name__, step.entity, step.expect) for step in done] == [
        ("Create", "Room", "ok"),
        ("Create", "Booking", "ok"),
        ("ListRecords", "Booking", "ok"),
        ("Create", "Booking", "refused"),
    ]
    assert "overlapping bookings are refused" in journey.title


def test_it_is_measured_by_a_browser() -> None:
    spec = analyse(BOOKING)
    [(_, journey)] = journeys(spec)
    assert isinstance(compile_scenario(spec, journey, dialect="html_forms"), BrowserCheck)


def test_an_api_has_none() -> None:
    assert journeys(analyse("Create a REST API for a todo app with authentication")) == []


IDEAS = [
    "A Django web app for notes. Each note has a title and a text.",
    "A Django web app for a blog. Each post has a title. Two posts cannot have the same title.",
    "A Django web app. Each book has a title. Each film has a title. Each song has a title. Each poem has a title.",
    "A Django web app for a shop with products and orders.",
]


@pytest.mark.parametrize("idea", IDEAS)
def test_there_are_few_and_each_fits(idea: str) -> None:
    spec = analyse(idea)
    found = journeys(spec)
    assert 1 <= len(found) <= MOST
    seen = [step.entity for _, journey in found for step in journey.steps if isinstance(step, ListRecords)]
    assert len(seen) == len(set(seen)) == len(found)
    for _, journey in found:
        assert isinstance(compile_scenario(spec, journey, dialect="html_forms"), BrowserCheck)


def test_a_title_that_must_be_unique_is_refused_on_the_page() -> None:
    journey = next(j for _, j in journeys(analyse(IDEAS[1])) if "same title" in j.title)
    last = journey.steps[-1]
    assert isinstance(last, Create)
    assert (last.expect, last.field) == ("refused", "title")
