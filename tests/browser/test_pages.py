"""Every page: nothing that the content policy stops, nothing serious for axe, nothing wider than the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.utils.http import urlsafe_base64_encode
from playwright.sync_api import Browser
from pytest_django import Settings

from autodev.accounts.models import Role
from autodev.accounts.services.invitations import invitation_create
from autodev.lib.clock import utcnow
from projects.models import Build
from projects.repository.repository import repository_of
from tests.browser.conftest import visit
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.slow, pytest.mark.feature("F4.2")]
SIGNED_OUT = ["/sign-in/", "/sign-up/", "/password-reset/", "/password-reset/sent/", "/password-reset/x/y-z/"]
WORKSPACE = [
    "/w/engines/", "/w/engines/new/", "/w/engines/activity/", "/w/engines/settings/", "/w/engines/members/",
    "/w/engines/api-keys/", "/profile/", "/profile/password/", "/workspaces/new/", "/api/v1/docs/",
]  # fmt: skip
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (Not Found)"
BUILD = ["", "requirements/", "findings/", "steps/", "spec/"]


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_every_page_is_sound(
    browser: Browser, server: str, cast: Cast, build: Build, theme: str, width: int, settings: Settings
) -> None:
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

    settings.ALLOW_SIGNUP = True
    _, token = invitation_create(
        access=cast.access(cast.owner), email="new@example.org", role=Role.VIEWER, actor=cast.owner
    )
    uid = urlsafe_base64_encode(str(cast.viewer.pk).encode())
    reset = f"/password-reset/{uid}/{default_token_generator.make_token(cast.viewer)}/"
    for path in (*SIGNED_OUT, f"/invitations/{token}/", reset):
        look(path)
    for path in ("/invitations/none/", "/nope"):
        look(path)
        problems[path].remove(NOT_FOUND)  # the browser's own word for the page's status
    problems = {path: found for path, found in problems.items() if found}
    seen.sign_in(cast.owner.email, PASSWORD)
    for path in (
        *WORKSPACE,
        f"/invitations/{token}/",
        *(f"/builds/{build.pk}/{tab}" for tab in (*BUILD, "files/", "diff/", f"tasks/{task.pk}/")),
    ):
        look(path)
    seen.page.context.close()
    assert problems == {}


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_the_first_run_is_sound(browser: Browser, server: str, theme: str, width: int) -> None:
    seen = visit(browser, server, theme=theme, width=width)
    page = seen.open("/")
    assert page.url.endswith("/setup/")
    assert [*seen.trouble, *seen.axe(), seen.sideways()] == [0]
    page.get_by_role("button", name="Create the account").click()
    assert [*seen.axe(), seen.sideways()] == [0]
    seen.page.context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
def test_files_and_differences_are_sound(
    browser: Browser, server: str, cast: Cast, build: Build, tmp_path: Path, theme: str, width: int
) -> None:
    repository = repository_of(build.project_id)
    repository.init()
    product = tmp_path / "product"
    (product / "app").mkdir(parents=True)
    (product / "app" / "main.py").write_text(f"{'x' * 200} = 1\n")
    (product / "README.md").write_text("# Library\n")
    head = repository.snapshot(product, parent=repository.root(), message="First", date=utcnow())
    Build.objects.update(head=head)
    seen = visit(browser, server, theme=theme, width=width)
    seen.sign_in(cast.owner.email, PASSWORD)
    for place in ("files/app/main.py", "diff/", "diff/?path=app/main.py"):
        seen.open(f"/builds/{build.pk}/{place}")
        assert [*seen.trouble, *seen.axe(), seen.sideways()] == [0], place
    seen.page.context.close()
