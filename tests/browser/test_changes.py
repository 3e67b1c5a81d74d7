"""The pages of changes and imports in a real browser: no trouble, nothing serious for axe, nothing too wide."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from projects.services import merge_change
from projects.states import BuildState
from tests.browser.conftest import visit
from tests.cast import PASSWORD, Cast
from tests.change.rows import changed, delivered

pytestmark = [pytest.mark.slow, pytest.mark.feature("F1.13", "F4.2")]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_pages_are_sound(browser: Browser, server: str, cast: Cast, tmp_path: Path, theme: str, width: int) -> None:
    first = delivered(cast.workspace, cast.member, tmp_path / "files")
    plan = {
        "before": first.spec, "added": ["A todo has any number of tags.", "Tags are created, listed and deleted."],
        "removed": ["A todo has a description."], "altered": ["Todos are created, listed, read, changed and deleted."],
    }  # fmt: skip
    text = "".join(f"def function_{n}(argument_one, argument_two):  # {'long ' * 12}\n" for n in range(12))
    files: dict[str, str | None] = {"a.txt": "2\n", "app/models/a_module_of_the_application.py": text}
    proposed = changed(first, cast.member, tmp_path / "files", files, plan=plan)
    weak = changed(first, cast.member, tmp_path / "files", {"b.txt": "2\n"}, state=BuildState.DEGRADED, plan=plan)
    merged = merge_change(build=changed(first, cast.member, tmp_path / "files", {"c.txt": "1\n"}), user=cast.owner)
    seen = visit(browser, server, theme=theme, width=width)
    seen.sign_in("owner@example.org", PASSWORD)
    problems = {}
    pages = {
        "home": "/w/engines/", "import": "/w/engines/import/", "build": f"/builds/{first.pk}/",
        "change": f"/builds/{first.pk}/change/?text=add+tags+to+todos", "proposed": f"/builds/{proposed.pk}/review/",
        "degraded": f"/builds/{weak.pk}/review/", "merged": f"/builds/{merged.pk}/review/",
    }  # fmt: skip
    for name, path in pages.items():
        seen.trouble.clear()
        page = seen.open(path)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-{theme}-{width}.png", full_page=True)
        found = [*seen.trouble, *seen.axe()] + ([f"{seen.sideways()} px too wide"] if seen.sideways() else [])
        if found:
            problems[path] = found
    assert problems == {}
    seen.page.context.close()
