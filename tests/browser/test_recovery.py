"""The pages of recovery in a browser: sound in both themes and narrow, alive, by keyboard, and asking before an end."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from autodev.accounts.models import Workspace, WorkspaceState
from autodev.events.notify import notify, workspace_topic
from projects.models import Task
from recovery.models import HumanRequest
from recovery.states import RequestState
from recovery.workspace.moves import HINT
from tests.browser.conftest import Visit, visit
from tests.cast import PASSWORD, Cast
from tests.factories.recovery import Storm, stormy

pytestmark = [pytest.mark.slow, pytest.mark.feature("F4.2")]
ROOM = "/w/engines/recovery/"


def paths_of(storm: Storm) -> list[str]:
    return [
        ROOM, f"{ROOM}timeline/", f"{ROOM}timeline/?state=planned", f"{ROOM}tasks/{storm.waiting.pk}/",
        f"{ROOM}tasks/{storm.undecided.pk}/", f"{ROOM}tasks/{storm.degraded.pk}/", f"{ROOM}dead-letters/",
        f"{ROOM}dead-letters/{storm.quarantined.pk}/", f"{ROOM}questions/", f"{ROOM}questions/{storm.request.pk}/",
        f"{ROOM}fixes/", f"/builds/{storm.live.pk}/", f"/builds/{storm.live.pk}/tasks/{storm.waiting.pk}/",
    ]  # fmt: skip


def listening(visitor: Visit, path: str) -> Page:
    """The page, once the server has said that it is subscribed."""
    page = visitor.page
    frames: list[str | bytes] = []

    def heard(frame: str | bytes) -> None:  # playwright marks what it calls, which a built-in does not bear
        frames.append(frame)

    page.on("websocket", lambda socket: socket.on("framereceived", heard))
    visitor.open(path)
    for _ in range(1500):
        if any("subscribed" in str(frame) for frame in frames):
            return page
        page.wait_for_timeout(20)
    raise AssertionError(f"not subscribed: {frames}")


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_every_page_of_recovery_is_sound(browser: Browser, server: str, cast: Cast, theme: str, width: int) -> None:
    storm = stormy(cast.workspace, cast.member)
    Workspace.objects.filter(pk=cast.workspace.pk).update(state=WorkspaceState.DEGRADED_MODE)
    seen = visit(browser, server, theme=theme, width=width)
    seen.sign_in(cast.owner.email, PASSWORD)
    problems = {}
    for path in paths_of(storm):
        seen.trouble.clear()
        seen.open(path)
        seen.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        found = [*seen.trouble, *seen.axe()] + ([f"{seen.sideways()} px too wide"] if seen.sideways() else [])
        if found:
            problems[path] = found
    seen.page.context.close()
    assert problems == {}


@pytest.mark.feature("F3.5")
def test_the_state_appears_by_itself_on_an_open_page(visitor: Visit, cast: Cast) -> None:
    visitor.sign_in(cast.viewer.email, PASSWORD)
    page = listening(visitor, "/w/engines/activity/")
    expect(page.locator(".state-line")).to_have_count(0)
    page.evaluate("window.stayed = true")
    Workspace.objects.filter(pk=cast.workspace.pk).update(state=WorkspaceState.AUTO_RECOVERING)
    notify(workspace_topic(cast.workspace.pk), {"type": HINT, "id": str(cast.workspace.pk), "version": 0})
    expect(page.get_by_text("AutoDev is repairing it")).to_be_visible(timeout=15_000)
    assert page.evaluate("window.stayed")
    page.get_by_role("link", name="What is happening").click()
    expect(page.get_by_role("heading", name="Recovery")).to_be_visible()
    assert visitor.trouble == []


def test_giving_up_asks_and_the_keyboard_suffices(visitor: Visit, cast: Cast) -> None:
    storm = stormy(cast.workspace, cast.member)
    page = visitor.sign_in(cast.maintainer.email, PASSWORD)
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url(f"**{ROOM}")
    page.get_by_role("link", name="Write the loans").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery/tasks/**")
    page.get_by_role("button", name="Give up").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("ends as failed")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert Task.objects.get(pk=storm.waiting.pk).state == "waiting"
    page.get_by_label("Note for the next attempt").fill("use port 8081")
    page.keyboard.press("Enter")
    expect(page.get_by_text("goes on at once")).to_be_visible()
    assert Task.objects.get(pk=storm.waiting.pk).params["recovery"]["note"] == "use port 8081"
    assert visitor.trouble == []


@pytest.mark.feature("F3.4")
def test_an_answer_that_ends_asks_and_keeps_its_button(visitor: Visit, cast: Cast) -> None:
    storm = stormy(cast.workspace, cast.member)
    page = visitor.sign_in(cast.maintainer.email, PASSWORD)
    visitor.open(f"{ROOM}questions/{storm.request.pk}/")
    page.get_by_label("Note").fill("nobody needs it")
    page.get_by_role("button", name="Give up").click()
    page.get_by_role("dialog").get_by_role("button", name="Back").click()
    assert HumanRequest.objects.get().state == RequestState.OPEN
    page.get_by_role("button", name="Give up").click()
    page.get_by_role("dialog").get_by_role("button", name="Give up").click()
    expect(page.get_by_text("Answered: give up.")).to_be_visible()
    row = HumanRequest.objects.get()
    assert (row.state, row.answer, row.note) == ("answered", "give_up", "nobody needs it")
    assert visitor.trouble == []


@pytest.mark.feature("F3.10")
def test_a_dead_letter_is_edited_and_replayed(visitor: Visit, cast: Cast) -> None:
    storm = stormy(cast.workspace, cast.member)
    page = visitor.sign_in(cast.maintainer.email, PASSWORD)
    visitor.open(f"{ROOM}dead-letters/{storm.quarantined.pk}/")
    page.get_by_text("Edit its input first").click()
    text = page.get_by_label("Input of the task")
    good = text.input_value()
    text.fill(good.replace('"invoices"', "invoices"))
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay").click()
    page.get_by_role("button", name="Go to line 2").click()
    assert "invoices" in str(text.evaluate("(e) => e.value.slice(e.selectionStart, e.selectionEnd)"))
    text.fill(good.replace("invoices", "bills"))
    page.get_by_role("button", name="Replay").click()
    page.get_by_role("dialog").get_by_role("button", name="Replay").click()
    page.wait_for_url("**/builds/**")
    expect(page.get_by_text("“Write the invoices” runs again.")).to_be_visible()
    assert Task.objects.get(pk=storm.quarantined.pk).params["goal"] == "bills"


def test_the_timeline_of_a_workspace_follows(visitor: Visit, cast: Cast) -> None:
    visitor.sign_in(cast.viewer.email, PASSWORD)
    page = listening(visitor, f"{ROOM}timeline/")
    expect(page.get_by_text("Nothing has failed yet")).to_be_visible()
    stormy(cast.workspace, cast.member)
    notify(workspace_topic(cast.workspace.pk), {"type": "recovery.decided", "id": "x", "version": 1})
    expect(page.get_by_role("link", name="Write the manual")).to_be_visible(timeout=15_000)
