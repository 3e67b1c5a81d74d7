"""The pages of providers in a browser: sound in both themes and narrow, alive, and the editor's way to a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from autodev.accounts.models import Workspace
from providers.config.defaults import ensure_defaults
from providers.live import process
from providers.models import Breaker, Call, Chain, Decision, Provider
from providers.services.credentials import credential_add
from providers.services.drills import drill_start
from tests.browser.conftest import Visit, visit
from tests.cast import PASSWORD, Cast
from tests.factories.providers import lively

pytestmark = [pytest.mark.slow, pytest.mark.feature("F4.2")]
ROOM = "/w/engines/providers/"
SHOWN = [
    "", "routing/?kind=implement&input_tokens=1000", "config/", "config/?preset=claude_primary", "config/history/",
    "config/history/1/", "calls/", "calls/?kind=quota", "decisions/", "budgets/", "drills/", "keys/", "new/", "p/gpt/",
    "local/", "new/?kind=claude_agent", "p/opencode/", "prompts/", "routing/chain/", "routing/chain/?kind=implement",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")
    yield
    process.stop()


def furnished(workspace: Workspace) -> list[str]:
    """Something of everything; the paths of all pages."""
    rows = lively(workspace)
    credential_add(workspace=workspace, actor=None, name="second", secret="sk-live-abcdefghijklmnop1234")
    drill_start(workspace=workspace, provider=rows["gpt"], fault="slow", actor=None)
    call, decision = Call.objects.filter(outcome="failed")[0], Decision.objects.get()
    return [*SHOWN, f"calls/{call.pk}/", f"decisions/{decision.pk}/"]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_every_page_of_providers_is_sound(browser: Browser, server: str, cast: Cast, theme: str, width: int) -> None:
    paths = furnished(cast.workspace)
    seen = visit(browser, server, theme=theme, width=width)
    seen.sign_in(cast.owner.email, PASSWORD)
    problems = {}
    for path in paths:
        seen.trouble.clear()
        seen.open(ROOM + path)
        seen.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        found = [*seen.trouble, *seen.axe()] + ([f"{seen.sideways()} px too wide"] if seen.sideways() else [])
        if found:
            problems[path] = found
    seen.page.context.close()
    assert problems == {}


def test_a_card_changes_without_a_reload_and_keeps_what_is_open(visitor: Visit, cast: Cast) -> None:
    lively(cast.workspace)
    page = visitor.sign_in(cast.owner.email, PASSWORD)
    visitor.open(ROOM)
    page.get_by_text("Last failures").click()
    expect(page.get_by_text("upstream connect error")).to_be_visible()
    page.evaluate("window.stayed = true")
    Breaker.objects.filter(provider__name="claude").update(state="closed", until=None)
    expect(page.locator("section", has_text="claude-sonnet").get_by_text("Ready")).to_be_visible()
    expect(page.get_by_text("upstream connect error")).to_be_visible()
    assert page.evaluate("window.stayed")
    page.get_by_role("button", name="Switch off gpt").click()
    page.get_by_role("dialog").get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("gpt is switched off.")).to_be_visible()
    assert not Provider.objects.get(name="gpt").enabled
    assert visitor.trouble == []


def test_the_editor_leads_to_the_line_and_shows_what_would_change(visitor: Visit, cast: Cast) -> None:
    lively(cast.workspace)
    page = visitor.sign_in(cast.owner.email, PASSWORD)
    visitor.open(f"{ROOM}config/")
    text = page.get_by_label("Providers, chains, rules, settings")
    good = text.input_value()
    text.fill(good.replace("kind: blueprint", "kind: blueprint\n    colour: red"))
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_role("button", name="Line ").first.click()
    picked = "(e) => e.value.slice(e.selectionStart, e.selectionEnd)"
    assert "colour" in str(text.evaluate(picked))
    text.fill(good.replace("- claude\n    - gpt", "- gpt\n    - claude"))
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("region", name="What would change")).to_be_visible()
    page.get_by_label("Note").fill("GPT leads")
    page.get_by_role("button", name="Save these changes").click()
    expect(page.get_by_text("Saved as revision 2")).to_be_visible()


def test_a_refused_form_leads_to_the_field_at_fault(visitor: Visit, cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    page = visitor.sign_in(cast.owner.email, PASSWORD)
    visitor.open(f"{ROOM}new/")
    page.get_by_label("Name").fill("mine")
    page.get_by_label("New key").fill("sk-live-abcdefghijklmnop1234")
    page.get_by_label("Model").press("Enter")
    model = page.get_by_label("Model")
    expect(model).to_be_focused()
    expect(model).to_have_css("border-top-color", "rgb(179, 34, 31)")
    expect(model).to_have_accessible_description(re.compile("This field is required."))
    expect(page.get_by_label("Name")).to_have_value("mine")
    expect(page.get_by_text("Write the key once more")).to_be_visible()
    visitor.open(f"{ROOM}config/")
    page.get_by_label("Providers, chains, rules, settings").fill("version: 2")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("alert")).to_be_focused()


def test_a_page_whose_server_is_away_says_so_until_it_is_back(visitor: Visit, cast: Cast) -> None:
    lively(cast.workspace)
    page = visitor.sign_in(cast.owner.email, PASSWORD)
    visitor.open(ROOM)
    told = page.get_by_text("AutoDev does not answer.")
    expect(told).to_be_hidden()
    page.context.set_offline(True)
    expect(told).to_be_visible(timeout=20_000)
    Breaker.objects.filter(provider__name="claude").update(state="closed", until=None)
    page.context.set_offline(False)
    expect(told).to_be_hidden(timeout=20_000)
    expect(page.locator("section", has_text="claude-sonnet").get_by_text("Ready")).to_be_visible()


def test_a_chain_is_put_in_order_with_the_keyboard(visitor: Visit, cast: Cast) -> None:
    lively(cast.workspace)
    page = visitor.sign_in(cast.owner.email, PASSWORD)
    visitor.open(f"{ROOM}routing/")
    page.get_by_role("link", name="default", exact=True).press("Enter")
    page.evaluate("window.stayed = true")
    up = page.get_by_role("button", name="Up gpt")
    up.press("Enter")
    expect(page.locator("ol li").first).to_contain_text("gpt")
    expect(page.locator("#announce")).to_have_text("This job would go to gpt.")
    expect(up).to_be_focused()
    assert page.evaluate("window.stayed"), "a step exchanges the editor, not the page"
    page.get_by_label("Tried with an input of").fill("1000")
    page.get_by_label("Tried with an input of").press("Enter")
    expect(page.locator("ol li").first).to_contain_text("gpt")
    assert Chain.objects.get(task_kind="default").providers[0] == "claude", "Enter saves nothing"
    page.get_by_role("button", name="Save the chain").press("Enter")
    expect(page.get_by_text("Saved: default asks gpt, then claude")).to_be_visible()
    assert visitor.trouble == []


def test_back_from_a_filter_the_fields_say_what_is_shown(visitor: Visit, cast: Cast) -> None:
    lively(cast.workspace)
    page = visitor.sign_in(cast.owner.email, PASSWORD)
    visitor.open(f"{ROOM}calls/")
    page.get_by_label("Outcome").select_option("failed")
    page.get_by_role("button", name="Filter").press("Enter")
    page.wait_for_url("**outcome=failed**")
    expect(page.get_by_label("Outcome")).to_have_value("failed")
    page.go_back()
    expect(page.get_by_label("Outcome")).to_have_value("")
