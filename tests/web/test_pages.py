"""What the pages show and do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from projects.engine.output import OutputFile
from projects.models import Attempt, Build
from projects.states import BuildState
from tests.cast import Cast, rich_build, signed_in

POLICY = "default-src 'self'"


def test_an_empty_workspace_offers_ideas_that_fill_the_form(cast: Cast) -> None:
    page = signed_in(cast.member).get("/w/engines/")
    assert "No build yet" in page.text
    assert "/w/engines/new/?idea=Create%20a%20REST%20API" in page.text
    assert "Ask a developer" in signed_in(cast.viewer).get("/w/engines/").text
    form = signed_in(cast.member).get("/w/engines/new/?idea=Create%20a%20thing")
    assert "Create a thing</textarea>" in form.text


@pytest.mark.feature("F1.1", "F1.2")
def test_who_starts_a_build_without_a_model_is_told_so_and_led_to_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = "/w/engines/new/"
    told = signed_in(cast.owner).get(new).text
    assert "No model is connected." in told
    assert '/w/engines/providers/new/"' in told
    told = signed_in(cast.member).get(new).text
    assert "A maintainer of the workspace can connect one." in told
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    assert "No model is connected." not in signed_in(cast.owner).get(new).text


def test_the_form_starts_a_build_with_what_was_said(cast: Cast) -> None:
    form = {
        "idea": "Create a REST API for a todo app", "constraint_key": ["database", ""],
        "constraint_value": ["sqlite", "lost"], "preference_key": ["testing"], "preference_value": ["pytest"],
        "blueprint": "", "deadline_minutes": "30", "budget_usd": "1.50",
    }  # fmt: skip
    answer = signed_in(cast.member).post("/w/engines/new/", form)
    build = Build.objects.get()
    assert answer.headers["Location"] == f"/builds/{build.pk}/"
    assert (build.constraints, build.preferences) == ({"database": "sqlite"}, {"testing": "pytest"})
    assert build.created_by == cast.member
    assert str(build.budget_usd) == "1.500000"
    assert build.deadline_at is not None
    assert (build.deadline_at - build.created_at).total_seconds() == pytest.approx(1800, abs=5)


@pytest.mark.parametrize(
    ("field", "value"),
    [("idea", ""), ("idea", "   "), ("blueprint", "none"), ("deadline_minutes", "0"), ("budget_usd", "-1")],
)
def test_a_wrong_field_says_so_and_starts_nothing(cast: Cast, field: str, value: str) -> None:
    page = signed_in(cast.member).post("/w/engines/new/", {"idea": "A todo list", field: value})
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert not Build.objects.exists()


def test_a_harmful_idea_is_refused_at_the_form_with_its_reason(cast: Cast) -> None:
    page = signed_in(cast.member).post("/w/engines/new/", {"idea": "A keylogger for my colleagues' laptops"})
    assert page.status_code == 422
    assert "without their knowledge" in page.text
    assert not Build.objects.exists()


def test_the_refusal_does_not_load_the_analyser() -> None:
    code = "import sys, autodev.spec.rules.refusal as r; print(sorted(m for m in sys.modules if '.rules.' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "autodev.spec.rules.refusal" in done.stdout
    assert "autodev.spec.rules.analysis" not in done.stdout


@pytest.mark.feature("F4.2")
def test_the_build_page_shows_state_phases_tasks_and_output(cast: Cast, build: Build, data_dir: Path) -> None:
    attempt = Attempt.objects.get()
    log = data_dir / "output" / str(attempt.task_id) / "1.log"
    log.parent.mkdir(parents=True)
    log.write_text("x" * 30_000 + "\nlast <line>\n")
    page = signed_in(cast.viewer).get(f"/builds/{build.pk}/")
    assert "state-live" in page.text
    assert 'aria-label="Implement: Running, 40 per cent"' in page.text
    assert 'aria-label="Understand: Succeeded, 100 per cent"' in page.text
    assert "last &lt;line&gt;" in page.text
    assert "xxx" not in page.text
    assert page.text.count("<path d=") == 2  # the one dependency, and the icon of the theme
    assert "Cancel" not in page.text.split("build-tabs")[0].split("<h1>")[1]
    assert "Cancel" in signed_in(cast.member).get(f"/builds/{build.pk}/").text


def test_a_finished_build_shows_the_last_task_that_printed(cast: Cast, build: Build, data_dir: Path) -> None:
    first = build.tasks.get(key="understand")
    Attempt.objects.create(task=first, epoch=1, owner="worker", outcome="succeeded")
    Attempt.objects.update(outcome="succeeded", started_at=F("started_at"))
    Attempt.objects.filter(task__key="implement").update(started_at=timezone.now())
    OutputFile(first.pk, 1).append("read the idea\n")
    page = f"/builds/{build.pk}/"
    assert "read the idea" not in signed_in(cast.viewer).get(page).text
    Build.objects.update(state=BuildState.SUCCEEDED)
    shown = signed_in(cast.viewer).get(page).text
    assert "read the idea" in shown
    assert "Nothing was printed" not in shown
    assert "read the idea" in signed_in(cast.viewer).get(f"{page}output/").text


def test_to_htmx_only_the_live_part_is_sent(cast: Cast, build: Build) -> None:
    client = signed_in(cast.member)
    part = client.get(f"/builds/{build.pk}/requirements/", headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert f'data-live="build.{build.pk}" data-version="7" data-final="false"' in part.text
    assert "HX-Request" in part.headers["Vary"]
    Build.objects.update(state=BuildState.SUCCEEDED)
    assert 'data-final="true"' in client.get(f"/builds/{build.pk}/").text


@pytest.mark.feature("F1.18")
def test_requirements_stand_with_their_evidence(cast: Cast, build: Build) -> None:
    page = signed_in(cast.viewer).get(f"/builds/{build.pk}/requirements/")
    assert "1 of 2 met" in page.text
    assert "409 as expected" in page.text
    assert "Not understood" in page.text
    Build.objects.update(head="c" * 40)
    later = signed_in(cast.viewer).get(f"/builds/{build.pk}/requirements/").text
    assert "0 of 2 met" in later
    assert "(earlier)" in later


@pytest.mark.parametrize(("level", "noted"), [("DEGRADED", True), ("NONE", True), ("PROCESS", False), ("", False)])
def test_a_weak_sandbox_is_named_on_each_tab(cast: Cast, build: Build, level: str, noted: bool) -> None:
    Build.objects.update(sandbox_level=level)
    for tab in ("", "requirements/", "findings/", "steps/", "spec/"):
        page = signed_in(cast.viewer).get(f"/builds/{build.pk}/{tab}")
        assert ("Some limits were only watched" in page.text) is noted


def test_what_is_degraded_or_broken_is_said_with_its_hint(cast: Cast, build: Build) -> None:
    Build.objects.update(
        state="failed", degraded=["“pleasant” was not understood."],
        errors=[{"code": "x", "message": "The tests fail.", "hint": "See the ladder."}, "plain words"],
    )  # fmt: skip
    text = signed_in(cast.viewer).get(f"/builds/{build.pk}/").text
    for words in ("“pleasant” was not understood.", "The tests fail.", "See the ladder.", "plain words"):
        assert words in text


def test_the_list_is_narrowed_by_state_and_words(cast: Cast, build: Build) -> None:
    client = signed_in(cast.viewer)
    address = f"/builds/{build.pk}/"
    assert address in client.get("/w/engines/?state=running&q=todo").text
    assert "Nothing fits" in client.get("/w/engines/?state=failed").text
    assert "Nothing fits" in client.get("/w/engines/?q=zebra").text
    assert address in client.get("/w/engines/?state=unknown&page=99").text


@pytest.mark.feature("F3.7")
def test_buttons_steer_the_build(cast: Cast, build: Build) -> None:
    client = signed_in(cast.member)
    for action, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("cancel", "cancelled")):
        assert client.post(f"/builds/{build.pk}/{action}/").status_code == 302
        build.refresh_from_db()
        assert build.state == state
    answer = client.post(f"/builds/{build.pk}/resume/")
    assert answer.status_code == 409
    assert "cannot be resumed" in answer.text


@pytest.mark.parametrize("address", ["/sign-in/", "/w/engines/", "/w/engines/new/", "/nope", "/api/v1/docs/"])
def test_nothing_inline_and_a_strict_policy(cast: Cast, build: Build, address: str) -> None:
    page = (signed_in(cast.owner) if "sign" not in address else Client()).get(address)
    policy = page.headers["Content-Security-Policy"]
    assert POLICY in policy
    assert "unsafe" not in policy
    for trace in ("<style", " style=", "onclick=", "<script>"):
        assert trace not in page.text
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_error_pages_keep_the_frame(cast: Cast) -> None:
    page = signed_in(cast.owner).get("/w/nowhere/")
    assert page.status_code == 404
    assert "There is no such workspace." in page.text
    toast = signed_in(cast.owner).get("/w/nowhere/", headers={"HX-Request": "true"})
    assert toast.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in toast.text


def test_a_crash_shows_a_page_that_needs_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the text of the error")

    monkeypatch.setattr("projects.views.workspace.activity_of", broken)
    client = signed_in(cast.owner)
    client.raise_request_exception = False
    page = client.get("/w/engines/activity/")
    assert page.status_code == 500
    assert "Something broke here" in page.text
    assert "the text of the error" not in page.text


@pytest.mark.parametrize(("page", "limit"), [("", 16), ("steps/", 14), ("requirements/", 14), ("findings/", 14)])
def test_the_number_of_queries_does_not_grow_with_the_steps(cast: Cast, page: str, limit: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(cast.viewer)
    counts = []
    for number in (20, 2000):
        Build.objects.all().delete()
        cast.workspace.projects.all().delete()
        made = rich_build(cast, steps=number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(f"/builds/{made.pk}/{page}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= limit


def test_home_takes_as_many_queries_for_twenty_builds_as_for_one(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.factories.projects import BuildFactory, ProjectFactory

    client, project = signed_in(cast.viewer), ProjectFactory.create(workspace=cast.workspace)
    client.get("/w/engines/")
    counts = []
    for number in (1, 20):
        BuildFactory.create_batch(number, project=project, created_by=cast.member)
        with CaptureQueriesContext(connection) as queries:
            client.get("/w/engines/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


def test_the_admin_is_for_operators_and_shows_no_secret(cast: Cast, build: Build, settings: Settings) -> None:
    from autodev.accounts.services.api_keys import api_key_create

    key, _ = api_key_create(access=cast.access(cast.owner), user=cast.owner, name="k", scopes=["read"])
    assert signed_in(cast.owner).get("/admin/").status_code == 302
    cast.owner.is_staff = cast.owner.is_superuser = True
    cast.owner.save()
    client = signed_in(cast.owner)
    for place in (
        "", "accounts/user/", "accounts/workspace/", "accounts/membership/", "accounts/invitation/", "accounts/apikey/",
        "projects/project/", "projects/build/", "projects/task/", "projects/attempt/", "projects/step/",
        "events/event/", "events/delivery/", f"projects/build/{build.pk}/change/",
        f"accounts/user/{cast.member.pk}/change/",
    ):  # fmt: skip
        assert client.get(f"/admin/{place}").status_code == 200, place
    page = client.get(f"/admin/accounts/apikey/{key.pk}/change/")
    assert key.secret_hmac not in page.text
    client.post("/admin/projects/build/", {"action": "cancel", "_selected_action": [str(build.pk)]})
    build.refresh_from_db()
    assert build.state == "cancelled"
    client.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_the_admins_sign_in_is_the_sites(cast: Cast) -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0].startswith("/sign-in/?next=")
    assert signed_in(cast.member).get("/admin/login/").headers["Location"] == "/"
