"""Scenarios that go through the screens, as browser tests of the rendered site."""

from __future__ import annotations

from pathlib import Path

import pytest

from autodev.blueprints.django_web.testing_journeys import journey_tests
from autodev.blueprints.registry import get
from autodev.spec.rules import analyse
from autodev.spec.scenario import Act, Create, Delete, ListRecords, Read, Scenario, ScenarioStep, SignUp, Update, Value
from autodev.spec.schema import Requirement, Spec
from tests.blueprints.conftest import Project, rendered, write
from tests.blueprints.django_web.specs import SPECS

MEETING = Create(
    entity="Booking",
    values={"room": Value(ref="room"), "starts_at": Value(now_plus_s=90_000), "ends_at": Value(now_plus_s=93_600)},
    save="meeting",
)
STEPS: tuple[ScenarioStep, ...] = (
    SignUp(actor="admin", admin=True),
    Create(actor="admin", entity="Room", values={"name": "Blue room"}, save="room"),
    MEETING,
    Read(entity="Booking", ref="meeting", see={"room": Value(ref="room")}),
    Update(entity="Booking", ref="meeting", values={"ends_at": Value(now_plus_s=97_200)}),
    Act(entity="Booking", ref="meeting", action="cancel"),
    ListRecords(entity="Room"),
)


def with_scenario(*steps: ScenarioStep) -> Spec:
    """The booking site with one journey, which is not its own."""
    spec = SPECS["booking"]()
    requirement = Requirement(
        id="asked",
        sentence="A meeting is kept",
        text="A meeting is kept",
        scenarios=[Scenario(id="in_browser", title="a meeting is kept", steps=steps, through="browser")],
    )
    return spec.model_copy(update={"requirements": [requirement]})


@pytest.mark.feature("F1.10")
def test_screens_are_tested_in_a_browser() -> None:
    files = rendered(SPECS["booking"](), "django-web")
    assert "def test_bookings_overlap_in_browser" in files["tests/browser/test_journeys.py"]
    assert '"playwright' in files["pyproject.toml"]
    assert "playwright install --with-deps chromium" in files[".github/workflows/ci.yml"]
    service = get("fastapi-service").render(analyse("Create a REST API for a todo app"), pins={}, lock=None)
    assert "playwright" not in service[".github/workflows/ci.yml"]


def test_a_site_without_journeys_still_opens_its_pages() -> None:
    files = rendered(SPECS["orders"](), "django-web")
    assert "tests/browser/test_pages.py" in files
    assert "tests/browser/test_journeys.py" not in files
    assert "tests/browser/window.py" not in files
    assert "Window" not in files["tests/browser/conftest.py"]


def test_each_kind_of_step_has_its_line() -> None:
    [test] = journey_tests(with_scenario(*STEPS))
    assert test.name == "test_asked_in_browser"
    assert test.uses_time
    assert test.lines[-8:] == (
        'alice.open(f"/bookings/{meeting}/")',
        'alice.expect_text("room", "Blue room")',
        'alice.submit(f"/bookings/{meeting}/edit/", {"ends_at": time.moment(97200)})',
        'alice.expect_path(f"/bookings/{meeting}/")',
        'alice.open(f"/bookings/{meeting}/")',
        'alice.click("Cancel booking")',
        'alice.expect_path(f"/bookings/{meeting}/")',
        'alice.open("/rooms/")',
    )


def test_what_a_browser_cannot_tell_is_left_out() -> None:
    assert journey_tests(with_scenario(*STEPS, Delete(entity="Booking", ref="meeting"))) == []


def test_two_journeys_of_one_name_are_two_tests() -> None:
    spec = with_scenario(*STEPS)
    spec.requirements[0].scenarios.append(spec.requirements[0].scenarios[0])
    assert [test.name for test in journey_tests(spec)] == ["test_asked_in_browser", "test_asked_in_browser_2"]


@pytest.mark.slow
@pytest.mark.feature("F1.10")
def test_each_kind_of_step_is_done(django_venv: Path, tmp_path: Path) -> None:
    project = Project(write(rendered(with_scenario(*STEPS), "django-web"), tmp_path), django_venv)
    for argv in (("ruff", "check", "."), ("mypy", "tests/browser"), ("pytest", "-q", "tests/browser")):
        ran = project.run(*argv)
        assert ran.returncode == 0, f"{argv}\n{ran.stdout}\n{ran.stderr}"
