"""The pages of providers in a browser: sound in both themes and narrow, alive, and the editor's way to a line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from autodev.accounts.models import Workspace
from providers.live import process
from providers.models import Breaker, Call, Decision, Provider
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
    "local/", "new/?kind=claude_agent", "p/opencode/", "prompts/",
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
