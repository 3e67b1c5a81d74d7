"""Every page: nothing that the content policy stops, nothing serious for axe, nothing wider than the window."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from projects.models import Build
from tests.browser.conftest import visit
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.slow, pytest.mark.feature("F4.2")]
SIGNED_OUT = ["/sign-in/", "/password-reset/", "/password-reset/sent/"]
WORKSPACE = [
    "/w/engines/", "/w/engines/new/", "/w/engines/activity/", "/w/engines/settings/", "/w/engines/members/",
    "/w/engines/api-keys/", "/profile/", "/profile/password/", "/workspaces/new/", "/api/v1/docs/",
]  # fmt: skip
BUILD = ["", "requirements/", "findings/", "steps/", "spec/"]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_every_page_is_sound(browser: Browser, server: str, cast: Cast, build: Build, theme: str, width: int) -> None:
    Build.objects.update(
        spec={"title": "Library", "project_type": "rest_api", "entities": []}, sandbox_level="DEGRADED",
        degraded=["Nice was not understood."], head="",
    )  # fmt: skip
    task = build.tasks.get(key="implement")
    seen = visit(browser, server, theme=theme, width=width)
    problems = {}

    def look(path: str) -> None:
        seen.trouble.clear()
        page = seen.open(path)
        page.wait_for_load_state("networkidle") if "docs" in path else None
        found = [*seen.trouble, *seen.axe()] + ([f"{seen.sideways()} px too wide"] if seen.sideways() else [])
        if found:
            problems[path] = found

    for path in SIGNED_OUT:
        look(path)
    seen.sign_in(cast.owner.email, PASSWORD)
    for path in (
        *WORKSPACE,
        *(f"/builds/{build.pk}/{tab}" for tab in (*BUILD, "files/", "diff/", f"tasks/{task.pk}/")),
    ):
        look(path)
    seen.page.context.close()
    assert problems == {}
