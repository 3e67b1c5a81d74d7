"""Short sentences about time, in several phrasings: overlap, due dates, expiry, fees, deadlines, order."""

from __future__ import annotations

import pytest

from tests.spec.rules.reading import families, read, rule, rules_of, unmet

LIBRARY = "A library system where members borrow books. "
ROOMS = "Meeting room booking. Employees book rooms for a time slot. "


@pytest.mark.parametrize(
    "text",
    [
        "No two bookings of a room may overlap.", "Bookings of the same room must not overlap.", "Bookings cannot overlap.",
        "A room cannot be double-booked.", "Two bookings of a room can never overlap.", "No overlapping bookings.",
        "A room can't be booked twice at the same time.", "A room cannot be booked while it is already taken.", "Bookings must not clash.",
    ],
)  # fmt: skip
def test_no_overlap(text: str) -> None:
    spec = read(
        "A web app with Django. Employees reserve desks. ".replace("reserve desks", "book rooms for a time slot") + text
    )
    assert "no_overlap" in families(spec)
    assert not unmet(spec)
    assert {"overlap", "back_to_back"} <= {s.id for r in spec.requirements for s in r.scenarios}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("A loan lasts 14 days.", 14 * 86_400),
        ("Loans last two weeks.", 14 * 86_400),
        ("The loan period is 21 days.", 21 * 86_400),
        ("Books must be returned within 10 days.", 10 * 86_400),
        ("A loan is due after three weeks.", 21 * 86_400),
        ("Members can borrow books for 7 days.", 7 * 86_400),
        ("Loans are for a fortnight.", 14 * 86_400),
        ("The due date is 14 days after the loan.", 14 * 86_400),
        ("Loans run for 48 hours.", 48 * 3_600),
    ],
)
def test_due_dates(text: str, seconds: int) -> None:
    spec = read(LIBRARY + text)
    field = spec.entity("Loan").field("due_at")
    assert field is not None
    assert field.computed is not None
    assert f"value={seconds}," in repr(field.computed)
    assert field.computed_on == "create"
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text", ["Links expire after 30 days.", "A link is valid for 30 days.", "Links run out after 30 days."]
)
def test_expiry(text: str) -> None:
    spec = read("A REST API for links. A link has a url. " + text)
    field = spec.entity("Link").field("expires_at")
    assert field is not None
    assert not unmet(spec)


@pytest.mark.parametrize(
    ("text", "three_late"),
    [
        ("Late returns cost 0.20 a day.", "0.60"),
        ("A late return costs $0.50 per day.", "1.50"),
        ("Overdue loans cost 10 cents per day.", "0.30"),
        ("Late returns cost 2 euros for each day.", "6.00"),
        ("There is a fine of 0.25 per day late.", "0.75"),
        ("A fine of 0.20 per day is charged.", None),
        ("Each day late costs 0.40.", "1.20"),
        ("The late fee is 0.10 per day.", "0.30"),
        ("Late returns cost 1 for each started day.", "3.00"),
    ],
)
def test_fees(text: str, three_late: str | None) -> None:
    spec = read(LIBRARY + "A loan lasts 14 days. " + text)
    late = next((s for r in spec.requirements for s in r.scenarios if s.id == "late"), None)
    if three_late is None:
        assert unmet(spec)
        return
    assert late is not None
    assert [step.see for step in late.steps if step.do == "read"] == [{"fine": three_late}]
    assert not unmet(spec)


def test_started_days_are_rounded_up_only_when_said() -> None:
    started = (
        read(LIBRARY + "A loan lasts 14 days. Late returns cost 1 for each started day.").entity("Loan").field("fine")
    )
    whole = read(LIBRARY + "A loan lasts 14 days. Late returns cost 1 a day.").entity("Loan").field("fine")
    assert "ceil=True" in repr(started)
    assert "ceil=False" in repr(whole)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("A booking can be cancelled until one hour before it starts.", 3_600),
        ("Bookings can be cancelled up to 24 hours before they start.", 86_400),
        ("Bookings may only be cancelled at least two days before the start.", 172_800),
        ("A booking cannot be cancelled less than 2 hours before it starts.", 7_200),
        ("Employees can cancel their booking until 30 minutes before it starts.", 1_800),
        ("A booking can only be cancelled before it starts.", 0),
    ],
)
def test_deadlines(text: str, seconds: int) -> None:
    spec = read(ROOMS + text)
    found = rule(spec, "deadline")
    assert "cancel" in [action.name for action in spec.entity("Booking").actions]
    assert not unmet(spec)
    assert (f"value={seconds}," in repr(found.require)) == (seconds > 0)
    assert any(r.family == "deadline" and r.on == ["delete"] for _, r in rules_of(spec)), (
        "deleting must be no way round"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Bookings must be made at least 2 hours in advance.",
        "A booking cannot be in the past.",
        "A booking must start in the future.",
        "Bookings have to be made two hours ahead.",
    ],
)
def test_lead_times(text: str) -> None:
    spec = read(ROOMS + text)
    assert rule(spec, "deadline").on == ["create"]
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "A booking can last at most 4 hours.",
        "Bookings cannot be longer than four hours.",
        "A booking must last at least 30 minutes.",
    ],
)
def test_length_of_slots(text: str) -> None:
    spec = read(ROOMS + text)
    assert "duration" in families(spec)
    assert not unmet(spec)


def test_changes_have_deadlines_too() -> None:
    spec = read(ROOMS + "A booking can be changed until one day before it starts.")
    assert rule(spec, "deadline").on == ["update"]


@pytest.mark.parametrize(
    "text",
    [
        "The end date must be after the start date.",
        "The end date cannot be before the start date.",
        "The start date must be before the end date.",
    ],
)
def test_order_of_dates(text: str) -> None:
    spec = read("A REST API for trips. A trip has a name, a start date and an end date. " + text)
    assert "order" in families(spec)
    assert not unmet(spec)
