"""Asking about a build, and an agent program by its form, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from projects.engine.record import Happened, record
from projects.models import Build
from projects.selectors.explained import explained_of
from projects.services.explain import explain_begin, explain_end
from projects.states import BuildState
from providers.models import Provider
from tests.browser.conftest import Visit
from tests.cast import PASSWORD, Cast
from tests.pipeline.conftest import SPEC

pytestmark = [pytest.mark.slow, pytest.mark.feature("F4.2")]


@pytest.mark.feature("F1.3")
def test_a_question_about_an_ended_build_is_answered_live(visitor: Visit, cast: Cast, build: Build) -> None:
    Build.objects.filter(pk=build.pk).update(
        spec=SPEC.model_dump(mode="json"), state=BuildState.SUCCEEDED, head="a" * 40
    )
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{build.pk}/")
    page.keyboard.press("e")
    box = page.get_by_label("A question about this build")
    expect(box).to_be_focused()
    page.keyboard.type("Why SQLite?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("Waits for its answer")).to_be_visible()
    page.evaluate("window.stayed = true")
    (asked,) = explained_of(build.pk)
    box.fill("And why not ")
    explain_begin(build_id=build.pk, name=asked.id, stale_s=60)
    expect(page.get_by_text("a model is at it")).to_be_visible()
    expect(box).to_be_focused()
    answer = {"text": "It is **small**.", "paths": ["app/db.py"], "provider": "gpt", "commit": "a" * 40}
    explain_end(build_id=build.pk, name=asked.id, answer=answer)
    expect(page.get_by_text("answered by gpt")).to_be_visible()
    expect(page.locator(".prose-answer strong")).to_have_text("small")
    expect(page.get_by_role("link", name="app/db.py")).to_be_visible()
    expect(box).to_have_value("And why not ")
    assert page.evaluate("window.stayed")
    assert [*visitor.axe(), *visitor.trouble] == []


def test_what_had_the_focus_has_it_after_an_exchange(visitor: Visit, cast: Cast, build: Build) -> None:
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{build.pk}/")
    page.get_by_label("A message to whoever").evaluate("(box) => (box.style.height = '200px')")
    for control in (page.get_by_role("button", name="Pause"), page.get_by_role("link", name="Requirements")):
        control.focus()
        before = page.locator("#build").get_attribute("data-version")
        record(build.pk, [Happened(type="x")])
        expect(page.locator("#build")).not_to_have_attribute("data-version", before or "")
        expect(control).to_be_focused()
    assert page.get_by_label("A message to whoever").evaluate("(box) => box.offsetHeight") == 200
    assert visitor.trouble == []


@pytest.mark.feature("F2.2")
@pytest.mark.parametrize("width", [1280, 360])
def test_an_agent_program_is_added_by_its_form(visitor: Visit, cast: Cast, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.page.emulate_media(color_scheme="light" if width > 400 else "dark")
    visitor.sign_in(cast.maintainer.email, PASSWORD)
    page = visitor.open("/w/engines/providers/new/")
    page.get_by_role("link", name="OpenCode").click()
    expect(page.get_by_role("heading", name="OpenCode")).to_be_visible()
    assert [*visitor.axe(), visitor.sideways()] == [0]
    page.get_by_label("Name").fill("open")
    servers = page.get_by_label("MCP servers")
    servers.fill("tickets:\n  arg: x")
    page.get_by_role("button", name="Add the program").click()
    expect(page.get_by_text("Line 2: tickets.arg: there is no such key; did you mean 'args'?")).to_be_visible()
    expect(servers).to_have_accessible_description(re.compile("Line 1: tickets.command: is missing"))
    assert [*visitor.axe(), visitor.sideways()] == [0]
    servers.fill("tickets: {command: node}")
    page.get_by_role("button", name="Add the program").click()
    expect(page.get_by_text("open is added at the end of the chains implement and repair.")).to_be_visible()
    expect(page.get_by_role("heading", name="open", exact=True)).to_be_visible()
    assert Provider.objects.get(name="open").document["params"]["mcp_servers"]["tickets"]["command"] == "node"
    # the browser's own word for the status of the refused form
    assert [one for one in visitor.trouble if "422" not in one] == []
