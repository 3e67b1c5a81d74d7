"""Talking to a build that runs, reading what its agents did, and what was learned; in a real browser."""

from __future__ import annotations

import datetime as dt
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from autodev.lib.clock import utcnow
from projects.engine.record import Happened, record
from projects.models import Build, LearnedFix, Message, Question, Step, Task
from projects.services.explain import explain_ask, explain_end
from projects.services.steering import message_send
from tests.browser.conftest import Visit, visit
from tests.cast import PASSWORD, Cast
from tests.pipeline.conftest import SPEC
from tests.transcript.test_page import told

pytestmark = [pytest.mark.slow, pytest.mark.feature("F1.3", "F2.11", "F4.2")]
SHOTS = os.environ.get("AUTODEV_TEST_SHOTS", "")


@pytest.fixture
def task(build: Build) -> Task:
    Task.objects.filter(build=build, key="implement").update(kind="extend", title="Add what the blueprint lacks")
    return build.tasks.get(key="implement")


def asked(task: Task) -> Question:
    row = Question.objects.create(
        task=task, build_id=task.build_id, key="db", text="Which database should it use?",
        assumption="SQLite, as nothing was said.", choices=["SQLite", "PostgreSQL"],
        until=utcnow() + dt.timedelta(minutes=5),
    )  # fmt: skip
    record(task.build_id, [Happened(type="build.question", task_id=task.pk)])
    return row


def test_a_message_is_sent_and_a_question_answered_live(
    visitor: Visit, browser: Browser, server: str, cast: Cast, build: Build, task: Task
) -> None:
    """Two people look at the build; each sees at once what the other does, and loses nothing that is being typed."""
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{build.pk}/")
    other = visit(browser, server)
    other.sign_in(cast.viewer.email, PASSWORD)
    watching = other.open(f"/builds/{build.pk}/")
    expect(page.get_by_text("“Add what the blueprint lacks” hears it at its next step.")).to_be_visible()
    page.keyboard.press("m")
    box = page.get_by_label("A message to whoever works on the build")
    expect(box).to_be_focused()
    page.keyboard.type("Use blue ")

    question = asked(task)
    expect(page.get_by_role("heading", name="Which database should it use?")).to_be_visible()
    expect(box).to_have_value("Use blue ")
    expect(box).to_be_focused()
    page.keyboard.type("buttons.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Sent. “Add what the blueprint lacks”")).to_be_visible()
    expect(watching.locator("#talk")).to_contain_text("Use blue buttons.")
    assert Message.objects.get().text == "Use blue buttons."

    expect(watching.get_by_role("button", name="PostgreSQL")).to_have_count(0)  # a viewer reads
    page.get_by_role("button", name="PostgreSQL").click()
    expect(page.get_by_text("Answered.")).to_be_visible()
    expect(watching.get_by_role("heading", name="Which database should it use?")).to_have_count(0)
    question.refresh_from_db()
    assert (question.state, question.answer, question.answered_by) == ("answered", "PostgreSQL", cast.member)

    page.get_by_role("button", name=re.compile("^Withdraw")).click()
    expect(page.get_by_text("Withdrawn. Nobody has heard it.")).to_be_visible()
    expect(watching.locator("#talk")).to_contain_text("Withdrawn")
    assert visitor.trouble + other.trouble == []
    other.page.context.close()


def test_a_transcript_grows_while_it_is_read(visitor: Visit, cast: Cast, build: Build, task: Task) -> None:
    told(task, 1)
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{build.pk}/tasks/{task.pk}/")
    page.keyboard.press("t")
    page.wait_for_url("**/transcript/")
    page.get_by_text("read", exact=True).click()
    page.get_by_text("Show all 3000 characters").click()
    expect(page.get_by_text("y" * 3000)).to_be_visible()
    Step.objects.create(task=task, key="left", kind="left", epoch=1, output={"worker": "agent", "message": "no answer"})
    record(build.pk, [Happened(type="build.message")])
    expect(page.get_by_text("agent gave it up")).to_be_visible()
    expect(page.get_by_text("y" * 3000)).to_be_visible()  # what was open stays open
    assert visitor.trouble == []


@pytest.mark.feature("F1.12")
def test_a_learned_fix_is_deleted_and_brought_back(visitor: Visit, cast: Cast) -> None:
    learned(cast)
    visitor.sign_in(cast.maintainer.email, PASSWORD)
    page = visitor.open("/w/engines/knowledge/")
    page.get_by_role("button", name=re.compile("^Switch off")).click()
    expect(page.get_by_text("It is not tried any more.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Delete")).click()
    expect(page.get_by_role("heading", name="Nothing learned yet")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("It is back.")).to_be_visible()
    assert not LearnedFix.objects.get().enabled
    assert visitor.trouble == []


def learned(cast: Cast) -> None:
    before = "import uuid\n"
    edit = {"path": "app/routes/loans.py", "before": before, "after": f"import datetime as dt\n{before}", "own": True}
    LearnedFix.objects.create(
        workspace=cast.workspace, signature="s" * 64, check_key="lint", rule="F821", digest="d" * 64, provider="gpt",
        example="app/routes/loans.py:31 Undefined name `dt`", uses=8, successes=7, used_at=utcnow(), edits=[edit],
    )  # fmt: skip


def explained(build: Build, cast: Cast) -> None:
    """A question with its answer, one without, and one that waits."""
    Build.objects.filter(pk=build.pk).update(spec=SPEC.model_dump(mode="json"), head="a" * 40)
    build.refresh_from_db()
    first, second, _ = [
        explain_ask(
            build=build, question=f"{why} is a wrong password refused after {'many ' * 12}tries?", user=cast.member
        )
        for why in ("Why", "Where", "How")
    ]
    text = "# Limits\n\n1. `ATTEMPTS = 5`\n2. **Then** it waits.\n\n```\n" + "raise Refused  # " + "x" * 90 + "\n```\n"
    answer = {"text": text, "paths": ["app/limits.py", "app/routes/loans.py"], "provider": "gpt", "commit": build.head}
    explain_end(build_id=build.pk, name=first.id, answer=answer)
    explain_end(build_id=build.pk, name=second.id, answer=None, why="all are away")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_pages_hold_on_any_screen(
    browser: Browser, server: str, cast: Cast, build: Build, task: Task, theme: str, width: int
) -> None:
    told(task, 3)
    for n, (kind, output) in enumerate([
        ("began", {"worker": "agent", "commit": "c" * 40}), ("message", {"text": "Use blue buttons.", "by": "Ada"}),
        ("tactic", {"tactic": "back_to_green", "reason": "The same failure three times."}),
        ("left", {"worker": "agent", "message": "It goes in circles.", "commit": "c" * 40}),
        ("began", {"worker": "claude", "previous": "agent", "told": "You take over work that others began."}),
    ]):  # fmt: skip
        Step.objects.create(task=task, key=f"x{n}", kind=kind, epoch=1, output=output)
    message_send(build=build, user=cast.member, text="Use blue buttons, and say so in the README. " * 4)
    asked(task)
    learned(cast)
    explained(build, cast)
    seen = visit(browser, server, theme=theme, width=width)
    seen.sign_in(cast.maintainer.email, PASSWORD)
    pages = {
        "build": f"/builds/{build.pk}/", "transcript": f"/builds/{build.pk}/tasks/{task.pk}/transcript/",
        "knowledge": "/w/engines/knowledge/", "prompts": "/w/engines/providers/prompts/",
    }  # fmt: skip
    for name, path in pages.items():
        page = seen.open(path)
        expect(page.locator("h1")).to_be_visible()
        if name == "transcript":
            page.get_by_text("read", exact=True).first.click()
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{theme}-{width}.png"), full_page=True)
        assert seen.sideways() <= 0, name
        assert seen.axe() == [], name
    assert seen.trouble == []
    seen.page.context.close()
