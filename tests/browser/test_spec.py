"""The Spec in a person's hands: edited as text and a part at a time, undone, approved; sound in every look."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from autodev.lib.clock import utcnow
from autodev.spec.rules import analyse
from projects import review
from projects.models import Build, SpecRevision, Task
from projects.services import edit_spec
from tests.browser.conftest import Visit, visit
from tests.cast import PASSWORD, Cast
from tests.steering.conftest import LIBRARY

pytestmark = [pytest.mark.slow, pytest.mark.feature("F1.3")]


@pytest.fixture
def waiting(cast: Cast, build: Build) -> Build:
    """A build that waits for an approval of its Spec."""
    Build.objects.update(spec=analyse(LIBRARY).model_dump(mode="json"), head="", phase="understand", progress=4)
    Task.objects.filter(key="understand").update(finished_at=utcnow())
    Task.objects.filter(key="implement").update(
        key=review.KEY, kind=review.KEY, phase="understand", title="Review the Spec", state="waiting",
        wait_reason=review.REASON,
    )  # fmt: skip
    build.refresh_from_db()
    return build


def changed(build: Build, **parts: str) -> dict[str, Any]:
    assert build.spec is not None
    return {**build.spec, **parts}


def test_the_text_is_edited_with_its_mistakes_by_line_and_undone(visitor: Visit, cast: Cast, waiting: Build) -> None:
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{waiting.pk}/spec/")
    page.get_by_role("link", name="Edit", exact=True).click()
    text = page.get_by_label("The Spec", exact=True)
    typed = text.input_value().replace("  title: title\n", "  title: titel\n")
    lines = typed.splitlines()
    expect(page.locator(".editor-lines")).to_contain_text(str(len(lines)))
    text.fill(typed)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("There is no field or relation of Book 'titel'")
    expect(text).to_have_value(typed)  # nothing is lost
    number = lines.index("  title: titel") + 1
    page.get_by_role("button", name=f"Line {number}").click()
    chosen = "e => e.value.slice(e.selectionStart, e.selectionEnd)"
    assert text.evaluate(chosen) == "  title: titel"
    text.fill(typed.replace("titel", "author"))
    visitor.trouble.clear()  # the browser's own word for 422
    page.get_by_role("button", name="Save and approve").click()
    expect(page.get_by_text("Saved and approved.")).to_be_visible()
    assert Task.objects.get(key=review.KEY).state == "ready"
    assert SpecRevision.objects.get(number=2).spec["entities"][0]["title"] == "author"
    page.get_by_role("button", name="Undo the last change").click()
    expect(page.get_by_text("what it was at revision 1")).to_be_visible()
    assert SpecRevision.objects.get(number=3).restored == 1
    assert visitor.trouble == []


def test_parts_are_changed_by_forms(visitor: Visit, cast: Cast, waiting: Build) -> None:
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{waiting.pk}/spec/edit/")
    page.locator("summary", has_text="Book").click()
    page.get_by_label("Name", exact=True).fill("Pages!")
    page.get_by_label("Type").select_option("integer")
    page.get_by_role("button", name="Add the field to Book").click()
    expect(page.get_by_role("alert")).to_contain_text("Small letters, digits and underscores")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Pages!")
    page.get_by_label("Name", exact=True).fill("pages")
    page.get_by_role("button", name="Add the field to Book").click()
    expect(page.get_by_label("The Spec", exact=True)).to_have_value(re.compile("name: pages"))
    page.locator("summary", has_text="Book").click()
    page.get_by_label("New name of Book.copies").fill("amount")
    page.get_by_role("button", name="Rename Book.copies").click()
    expect(page.get_by_label("The Spec", exact=True)).to_have_value(re.compile("name: amount"))
    page.locator("summary", has_text="Book").click()
    page.get_by_role("button", name="Remove Book.isbn").click()
    expect(page.get_by_role("alert")).to_contain_text("Mark it as not wanted first")
    page.get_by_role("button", name="Not wanted No two books").first.click()
    expect(page.get_by_label("The Spec", exact=True)).to_have_value(re.compile("non_goals:\n- No two books"))
    assert SpecRevision.objects.order_by("-number").first().number == 4  # type: ignore[union-attr]  # there are four


def test_who_comes_too_late_sees_what_was_typed_and_by_whom_it_was_changed(
    visitor: Visit, cast: Cast, waiting: Build
) -> None:
    visitor.sign_in(cast.member.email, PASSWORD)
    page = visitor.open(f"/builds/{waiting.pk}/spec/edit/")
    edit_spec(build=waiting, actor=cast.owner, spec=changed(waiting, title="Theirs"), expected_version=1)
    text = page.get_by_label("The Spec", exact=True)
    mine = re.sub(r"(?m)^title: .*$", "title: Mine", text.input_value())
    text.fill(mine)
    page.get_by_role("button", name="Save", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"The Spec is at version 2 by {cast.owner}; you edited version 1.")
    expect(alert).to_contain_text("“Theirs”")
    expect(text).to_have_value(mine)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_every_look_is_sound(browser: Browser, server: str, cast: Cast, waiting: Build, theme: str, width: int) -> None:
    long = changed(waiting, title="A" + "b" * 80, summary="One")
    edit_spec(build=waiting, actor=cast.owner, spec=long, expected_version=1)
    seen = visit(browser, server, theme=theme, width=width)
    seen.sign_in(cast.member.email, PASSWORD)
    problems = {}
    for path in ("", "spec/", "spec/edit/", "steps/"):
        page = seen.open(f"/builds/{waiting.pk}/{path}")
        if path == "spec/edit/":
            page.locator("summary", has_text="Book").click()
        found = [*seen.trouble, *seen.axe()] + ([f"{seen.sideways()} px too wide"] if seen.sideways() else [])
        if found:
            problems[path] = found
    page.goto(f"{server}/builds/{waiting.pk}/spec/edit/")
    page.get_by_label("The Spec", exact=True).fill("name: 3\nentities: [{name: x}]\n")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    found = [*seen.axe()] + ([f"{seen.sideways()} px too wide"] if seen.sideways() else [])
    if found:
        problems["wrong text"] = found
    seen.page.context.close()
    assert problems == {}


def test_a_viewer_reads_and_changes_nothing(visitor: Visit, cast: Cast, waiting: Build) -> None:
    visitor.sign_in(cast.viewer.email, PASSWORD)
    page = visitor.open(f"/builds/{waiting.pk}/spec/")
    expect(page.get_by_text("Is this what you want?")).to_be_visible()
    for name in ("Approve and build", "Restore", "Undo the last change"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="Edit", exact=True)).to_have_count(0)
