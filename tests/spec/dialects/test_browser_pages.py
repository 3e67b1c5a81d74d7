"""Scenarios that go through the browser: what a person does with the screens, and what a browser cannot tell."""

from __future__ import annotations

import pytest

from autodev.spec.checks import BrowserCheck, HttpCheck
from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.dialects.steps import PASSWORD, ScenarioError
from autodev.spec.scenario import (
    Act,
    Advance,
    Create,
    Delete,
    Export,
    ListRecords,
    LogIn,
    Read,
    Scenario,
    ScenarioStep,
    SignUp,
    Update,
    Value,
)
from tests.spec.dialects.specs import BOOKING

ROOM = Create(entity="Room", values={"name": "Blue", "active": True}, save="room")


def actions(*steps: ScenarioStep) -> list[tuple[str, str, str]]:
    """(what is done, to what, with what value) of a scenario's actions."""
    scenario = Scenario(id="case", title="a case", steps=steps, through="browser")
    check = compile_scenario(BOOKING, scenario, dialect="html_forms")
    assert isinstance(check, BrowserCheck)
    return [(action.do, action.target, action.value) for action in check.actions]


def test_a_person_signs_up_and_then_signs_in() -> None:
    scenario = Scenario(id="case", title="a case", steps=(SignUp(), LogIn()), through="browser")
    check = compile_scenario(BOOKING, scenario, dialect="html_forms")
    assert isinstance(check, BrowserCheck)
    assert {action.session for action in check.actions} == {"alice"}
    assert [(action.do, action.target, action.value) for action in check.actions[5:]] == [
        ("expect_url", "", "^(?!/accounts/signup/)"),
        ("forget", "", ""),
        ("goto", "/accounts/login/", ""),
        ("fill", "username", "alice@example.com"),
        ("fill", "password", PASSWORD),
        ("submit", "", ""),
        ("expect_url", "", "^(?!/accounts/login/)"),
    ]


def test_a_record_is_made_by_its_form_and_named_by_its_page() -> None:
    assert actions(ROOM, ListRecords(entity="Room", contains=("room",)))[-7:] == [
        ("goto", "/rooms/new/", ""),
        ("fill", "name", "Blue"),
        ("fill", "active", "on"),
        ("submit", "", ""),
        ("expect_url", "", "^/rooms/(?!new/)([^/]+)/$"),
        ("goto", "/rooms/", ""),
        ("expect_row", "", "{room}"),
    ]


def test_people_are_chosen_by_their_address_and_of_many_one() -> None:
    booking = Create(
        entity="Booking", values={"room": Value(ref="room"), "chair": Value(ref="bob"), "extra_rooms": None}
    )
    filled = [(target, value) for do, target, value in actions(ROOM, booking) if do == "fill"]
    assert ("room", "{room}") in filled
    assert ("chair", "bob@example.com") in filled
    assert "extra_rooms" not in [target for target, _ in filled]


def test_a_refusal_is_looked_for_on_the_page() -> None:
    refused = Create(entity="Room", values={"name": "Blue", "active": False}, expect="refused", field="name")
    assert actions(ROOM, refused)[-3:] == [("fill", "active", ""), ("submit", "", ""), ("expect_error", "name", "")]


def test_a_record_shows_what_is_shown_as_it_stands() -> None:
    booking = Create(entity="Booking", values={"room": Value(ref="room")}, save="booking")
    see = {"room": Value(ref="room"), "status": "booked", "starts_at": Value(now_plus_s=60)}
    read = Read(entity="Booking", ref="booking", see=see)
    assert actions(ROOM, booking, read)[-3:] == [
        ("goto", "/bookings/{booking}/", ""),
        ("expect_text", "room", "Blue"),
        ("expect_text", "status", "booked"),
    ]


def test_changes_and_actions_end_on_the_record() -> None:
    booking = Create(entity="Booking", save="booking")
    update = Update(entity="Booking", ref="booking", values={"status": "cancelled"})
    act = Act(entity="Booking", ref="booking", action="cancel")
    assert actions(booking, update, act)[-7:] == [
        ("goto", "/bookings/{booking}/edit/", ""),
        ("fill", "status", "cancelled"),
        ("submit", "", ""),
        ("expect_url", "", "^/bookings/{booking}/$"),
        ("goto", "/bookings/{booking}/", ""),
        ("click", "Cancel", ""),
        ("expect_url", "", "^/bookings/{booking}/$"),
    ]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Delete(entity="Room", ref="room"), "does not tell a deletion"),
        (Export(entity="Room"), "does not tell an export"),
        (ListRecords(entity="Room", count=0), "does not tell a list that is narrowed"),
        (Read(entity="Room", ref="room", expect="not_found"), "does not tell a page that is not_found"),
        (Update(entity="Room", ref="room", values={}, expect="forbidden"), "does not tell a form that is forbidden"),
        (Advance(seconds=9), "it moves the clock"),
    ],
)
def test_what_a_browser_does_not_tell(step: ScenarioStep, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        actions(ROOM, step)


def test_a_scenario_without_steps_is_none() -> None:
    with pytest.raises(ScenarioError, match="no steps"):
        actions()


def test_a_product_without_screens_is_measured_by_requests() -> None:
    scenario = Scenario(id="case", title="a case", steps=(ROOM,), through="browser")
    assert isinstance(compile_scenario(BOOKING, scenario, dialect="rest_json"), HttpCheck)
