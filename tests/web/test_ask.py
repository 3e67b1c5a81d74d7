"""Asking about a build on its page, and what its pages say of red checks and of what happened."""

from __future__ import annotations

import pytest

from autodev.lib.clock import utcnow
from projects.engine.record import Happened, record
from projects.models import Build, Evidence, Task
from projects.selectors.explained import explained_of
from projects.services.explain import explain_ask, explain_begin, explain_end
from projects.states import BuildState
from tests.cast import Cast, rich_build, signed_in
from tests.factories.providers import lively
from tests.pipeline.conftest import SPEC

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3", "F4.2")]


@pytest.fixture
def ended(cast: Cast) -> Build:
    build = rich_build(cast)
    Build.objects.filter(pk=build.pk).update(
        spec=SPEC.model_dump(mode="json"), state=BuildState.SUCCEEDED, head="a" * 40
    )
    build.refresh_from_db()
    return build


def test_a_question_is_asked_and_waits_live(cast: Cast, ended: Build) -> None:
    client = signed_in(cast.member)
    page = client.get(f"/builds/{ended.pk}/")
    assert "Ask about this build" in page.text
    assert 'data-final="false"' not in page.text
    sent = client.post(f"/builds/{ended.pk}/ask/", {"question": "Why SQLite?"})
    assert sent.headers["Location"] == f"/builds/{ended.pk}/#explain"
    page = client.get(f"/builds/{ended.pk}/")
    assert "Waits for its answer" in page.text
    assert 'data-final="false"' in page.text
    (asked,) = explained_of(ended.pk)
    explain_begin(build_id=ended.pk, name=asked.id, stale_s=60)
    assert "a model is at it" in client.get(f"/builds/{ended.pk}/explained/").text
    answer = {
        "text": "# Small\n\nIt is `small`. <b>No</b> [x](https://example.org)", "paths": ["app/db.py"],
        "provider": "gpt", "commit": ended.head,
    }  # fmt: skip
    explain_end(build_id=ended.pk, name=asked.id, answer=answer)
    part = client.get(f"/builds/{ended.pk}/explained/").text
    assert "answered by gpt" in part
    assert "It is <code>small</code>. &lt;b&gt;No&lt;/b&gt; [x](https://example.org)" in part
    assert '<p class="font-semibold">Small</p>' in part
    assert f"/builds/{ended.pk}/files/app/db.py" in part
    assert "data-live" not in part
    assert "Why SQLite?" in signed_in(cast.viewer).get(f"/builds/{ended.pk}/").text


def test_what_has_no_answer_says_why_and_can_be_asked_again(cast: Cast, ended: Build) -> None:
    asked = explain_ask(build=ended, question="Why?", user=cast.member)
    explain_end(build_id=ended.pk, name=asked.id, answer=None, why="all are away, with sk-live-abcdefghijklmnop1234")
    part = signed_in(cast.member).get(f"/builds/{ended.pk}/explained/").text
    assert "All are away" in part
    assert "sk-live-abcdefghijklmnop1234" not in part
    assert "Ask again" in part
    assert "Ask again" not in signed_in(cast.viewer).get(f"/builds/{ended.pk}/explained/").text


def test_who_cannot_ask_sees_no_form(cast: Cast, ended: Build) -> None:
    assert 'name="question"' not in signed_in(cast.viewer).get(f"/builds/{ended.pk}/").text
    assert "Nothing was asked" in signed_in(cast.viewer).get(f"/builds/{ended.pk}/").text
    Build.objects.filter(pk=ended.pk).update(head="")
    assert "made nothing that could be explained" in signed_in(cast.member).get(f"/builds/{ended.pk}/").text
    sent = signed_in(cast.member).post(f"/builds/{ended.pk}/ask/", {"question": "Why?"}, follow=True)
    assert "has made nothing yet" in sent.text


def test_the_page_says_beforehand_that_nobody_answers(
    cast: Cast, ended: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert "nobody could answer" in signed_in(cast.member).get(f"/builds/{ended.pk}/").text
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    lively(cast.workspace)
    assert "nobody could answer" not in signed_in(cast.member).get(f"/builds/{ended.pk}/").text


@pytest.mark.feature("F4.2")
def test_a_red_check_says_why(cast: Cast, ended: Build) -> None:
    row = Evidence.objects.filter(check_row__build=ended).first()
    assert row is not None
    Evidence.objects.filter(pk=row.pk).update(
        result="failed", excerpt="", details={"reason": "it did not listen within 20 s"}, commit=ended.head
    )
    assert "It did not listen within 20 s." in signed_in(cast.viewer).get(f"/builds/{ended.pk}/requirements/").text


def test_the_activity_names_the_build_and_the_task(cast: Cast, ended: Build) -> None:
    task = ended.tasks.get(key="implement")
    record(ended.pk, [Happened(type="task.claimed", task_id=task.pk)])
    page = signed_in(cast.viewer).get("/w/engines/activity/").text
    assert "Task claimed" in page
    assert f"/builds/{ended.pk}/tasks/{task.pk}/" in page
    assert f"#{ended.number}</a>" in page


def test_a_failed_task_leads_to_what_can_be_done(cast: Cast, ended: Build) -> None:
    task = ended.tasks.get(key="implement")
    Task.objects.filter(pk=task.pk).update(state="failed")
    place = f"/w/engines/recovery/dead-letters/{task.pk}/"
    assert place in signed_in(cast.member).get(f"/builds/{ended.pk}/").text
    assert signed_in(cast.member).get(place).status_code == 200
    Task.objects.filter(pk=task.pk).update(accepted_at=utcnow())
    assert place not in signed_in(cast.member).get(f"/builds/{ended.pk}/").text
