"""What people do, with mouse and keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from projects.engine.record import Happened, record
from projects.models import Build, Evidence, Task
from tests.browser.conftest import Visit
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.slow, pytest.mark.feature("F4.2")]


@pytest.mark.feature("F1.1", "F4.8")
def test_from_nothing_to_a_build_that_is_watched(visitor: Visit) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("heading", name="Welcome to AutoDev")).to_be_visible()
    for label, text in (
        ("Your name", "Ada"), ("E-mail", "ada@example.org"), ("Password", "a long pass phrase"),
        ("Workspace", "Engines"),
    ):  # fmt: skip
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="Create the account").click()
    page.get_by_role("link", name="Todo API").click()
    expect(page.get_by_label("What should it do?")).to_have_value(re.compile("todo app"))
    page.get_by_role("button", name="CSV statistics").click()
    expect(page.get_by_label("What should it do?")).to_have_value(re.compile("CSV file"))
    page.get_by_text("Constraints, preferences, limits").click()
    page.get_by_role("button", name="Add a constraint").click()
    page.get_by_label("Name of the constraint").fill("database")
    page.get_by_label("Value of the constraint").fill("sqlite")
    page.get_by_role("button", name="Add a constraint").click()
    page.get_by_role("button", name="Remove this constraint").nth(1).click()
    page.get_by_role("button", name="Build it").click()
    page.wait_for_url("**/builds/**")
    build = Build.objects.get()
    assert build.constraints == {"database": "sqlite"}
    page.evaluate("window.stayed = true")

    Task.objects.update(state="succeeded", progress=100)
    record(build.pk, [Happened(type="build.succeeded")], state="succeeded", progress=100, phase="deliver")
    expect(page.locator("#build")).to_have_attribute("data-final", "true")
    expect(page.locator("#announce")).to_have_text("Succeeded, Deliver")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    assert page.evaluate("window.stayed") is True  # it was not reloaded
    assert visitor.trouble == []


def test_what_was_open_stays_open_when_the_part_is_exchanged(visitor: Visit, cast: Cast, build: Build) -> None:
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{build.pk}/requirements/")
    page.get_by_text("Excerpt of the log").click()
    expect(page.get_by_text("409 as expected")).to_be_visible()
    Evidence.objects.update(excerpt="409 again")
    record(build.pk, [Happened(type="check.done")])
    expect(page.get_by_text("409 again")).to_be_visible()


def test_a_dead_socket_is_replaced_by_a_poll_that_stops(visitor: Visit, cast: Cast, build: Build) -> None:
    visitor.sign_in(cast.member.email, PASSWORD)
    visitor.page.route_web_socket("**/ws/", lambda socket: socket.close())
    page = visitor.open(f"/builds/{build.pk}/")
    record(build.pk, [Happened(type="x")], state="succeeded")
    expect(page.locator("#build")).to_have_attribute("data-final", "true")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(6000)
    assert asked == []


def test_a_removed_member_does_not_keep_the_page(visitor: Visit, cast: Cast, build: Build) -> None:
    visitor.sign_in(cast.viewer.email, PASSWORD)
    page = visitor.open(f"/builds/{build.pk}/")
    cast.workspace.memberships.filter(user=cast.viewer).delete()
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()


def test_cancelling_asks_first(visitor: Visit, cast: Cast, build: Build) -> None:
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{build.pk}/")
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Back").click()
    build.refresh_from_db()
    assert build.state == "running"
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the build").click()
    expect(page.get_by_text("The build is being cancelled.")).to_be_visible()
    build.refresh_from_db()
    assert build.state == "cancelled"


def test_keys_lead_through_the_site(visitor: Visit, cast: Cast, build: Build) -> None:
    page = visitor.sign_in(cast.member.email, PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("New build")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_label("Search builds")).to_be_focused()
    page.keyboard.type("n")
    expect(page.get_by_label("Search builds")).to_have_value("n")
    page.get_by_label("Search builds").blur()
    page.keyboard.press("n")
    page.wait_for_url("**/new/")
    visitor.open(f"/builds/{build.pk}/")
    page.keyboard.press("2")
    page.wait_for_url("**/requirements/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/activity/")


def test_the_theme_is_remembered(visitor: Visit, cast: Cast) -> None:
    page = visitor.sign_in(cast.member.email, PASSWORD)
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_menus_close_with_escape(visitor: Visit, cast: Cast) -> None:
    page = visitor.sign_in(cast.member.email, PASSWORD)
    menu = page.get_by_label("Account: ")
    menu.click()
    expect(page.get_by_role("link", name="Profile")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Profile")).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/**")
