"""Messages and questions by the page, REST and the command line; and what is said where nobody listens."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from autodev.cli import app
from autodev.lib.clock import db_now
from projects.models import Build, Message, Question, Task
from projects.selectors.steering import Fate, fate_of, listening, open_questions
from projects.selectors.tasks import tasks_of
from projects.services.steering import message_send
from tests.cast import Cast, build, cast, key_client, rich_build, signed_in
from tests.factories.providers import lively

__all__ = ["build", "cast"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3", "F4.6")]


@pytest.fixture(autouse=True)
def _no_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def question(build: Build) -> Question:
    task = build.tasks.get(key="implement")
    return Question.objects.create(
        build=build, task=task, key="db", text="Which database?", assumption="SQLite", choices=["SQLite"],
        until=db_now(plus_s=60),
    )  # fmt: skip


def kinds(build: Build, **states: str) -> list[Task]:
    """The tasks of the build, with these kinds in these states."""
    Task.objects.filter(build=build).delete()
    for kind, state in states.items():
        Task.objects.create(build=build, key=kind, kind=kind, phase="implement", title=kind.title(), state=state)
    return tasks_of(build)


def test_who_hears_is_said_honestly(cast: Cast, build: Build) -> None:
    assert listening(build, kinds(build, understand="running")).why.startswith("Nobody listens: without a model")
    lively(cast.workspace)
    assert listening(build, kinds(build, understand="running")).hears
    assert not listening(build, kinds(build, plan="succeeded", implement="running")).hears
    running = listening(build, kinds(build, plan="succeeded", extend="running", repair="pending"))
    assert running.why == "“Extend” hears it at its next step."
    assert listening(build, kinds(build, plan="succeeded", extend="pending")).why == "“Extend” hears it when it begins."
    red = listening(build, kinds(build, plan="succeeded", extend="succeeded", repair="pending"))
    assert (red.hears, "only if there is something to repair" in red.why) == (False, True)
    over = listening(build, kinds(build, plan="succeeded", extend="succeeded", repair="succeeded"))
    assert (over.hears, over.why.startswith("No task is left")) == (False, True)
    build.state = "succeeded"
    assert listening(build, []).why == "The build has ended. Ask for a change of its product instead."
    build.state = "failed"
    assert listening(build, []).why == "The build has ended."


def test_what_became_of_a_message(build: Build) -> None:
    row = message_send(build=build, user=None, text="x")
    assert (fate_of(row, ended=False), fate_of(row, ended=True)) == (Fate.WAITING, Fate.UNHEARD)
    row.withdrawn_at = row.created_at
    assert fate_of(row, ended=True) == Fate.WITHDRAWN


def test_the_page_says_asks_and_answers(cast: Cast, build: Build, question: Question) -> None:
    client = signed_in(cast.member)
    page = client.get(f"/builds/{build.pk}/").content.decode()
    assert "Which database?" in page
    assert "Nobody listens: without a model" in page
    sent = client.post(f"/builds/{build.pk}/messages/", {"text": "Use blue."}, follow=True)
    assert "Sent. Nobody listens" in sent.content.decode()
    answer = f"/builds/{build.pk}/questions/{question.pk}/answer/"
    back = client.post(answer, {"choice": "SQLite", "text": "", "back": f"/builds/{build.pk}/steps/"})
    assert back["Location"] == f"/builds/{build.pk}/steps/"
    question.refresh_from_db()
    assert (question.state, question.answer) == ("answered", "SQLite")
    twice = client.post(answer, {"text": "no", "back": "//evil.example/"}, follow=True)
    assert "It has been answered already." in twice.content.decode()
    assert twice.redirect_chain[-1][0] == f"/builds/{build.pk}/"
    row = Message.objects.get()
    page = client.post(f"/builds/{build.pk}/messages/{row.pk}/withdraw/", follow=True).content.decode()
    assert "Withdrawn. Nobody has heard it." in page
    Message.objects.update(withdrawn_at=None, taken_at=db_now(), taken_by=question.task)
    page = client.post(f"/builds/{build.pk}/messages/{row.pk}/withdraw/", follow=True).content.decode()
    assert "has heard it already" in page
    assert "heard by" in page
    assert "There is no text." in client.post(f"/builds/{build.pk}/messages/", {}, follow=True).content.decode()


def test_a_late_answer_by_the_page_says_so(cast: Cast, build: Build, question: Question) -> None:
    Question.objects.update(state="assumed")
    address = f"/builds/{build.pk}/questions/{question.pk}/answer/"
    page = signed_in(cast.member).post(address, {"text": "PostgreSQL"}, follow=True).content.decode()
    assert "It had gone on with its assumption" in page
    assert Message.objects.count() == 1


def test_a_viewer_reads_and_an_ended_build_asks_nothing(cast: Cast, build: Build, question: Question) -> None:
    page = signed_in(cast.viewer).get(f"/builds/{build.pk}/").content.decode()
    assert "Which database?" in page
    assert 'name="text"' not in page
    Build.objects.update(state="succeeded")
    assert open_questions(Build.objects.get()) == []
    assert "Which database?" not in signed_in(cast.member).get(f"/builds/{build.pk}/").content.decode()


def test_a_message_of_another_build_is_not_found(cast: Cast, build: Build, question: Question) -> None:
    Build.objects.filter(pk=build.pk).update(state="cancelled")
    cast.workspace.projects.update(slug="first")
    other = rich_build(cast)
    row = message_send(build=other, user=None, text="x")
    client = signed_in(cast.owner)
    assert client.post(f"/builds/{build.pk}/messages/{row.pk}/withdraw/").status_code == 404
    assert client.post(f"/builds/{other.pk}/questions/{question.pk}/answer/", {"text": "x"}).status_code == 404


def test_rest_says_asks_and_answers(cast: Cast, build: Build, question: Question) -> None:
    client = key_client(cast, cast.member, "build")
    base = f"/api/v1/builds/{build.pk}"
    made = client.post(f"{base}/messages/", {"text": "Use blue."}, content_type="application/json")
    assert made.status_code == 201
    sent = made.json()
    assert (sent["fate"], sent["hears"], sent["author_name"]) == ("waiting", False, str(cast.member))
    listed = client.get(f"{base}/messages/").json()
    assert [one["id"] for one in listed["results"]] == [sent["id"]]
    assert client.post(f"{base}/messages/{sent['id']}/withdraw/").json()["fate"] == "withdrawn"
    assert client.get(f"{base}/questions/?state=open").json()[0]["assumption"] == "SQLite"
    assert client.get(f"{base}/questions/?state=odd").status_code == 400
    answer = f"{base}/questions/{question.pk}/answer/"
    done = client.post(answer, {"text": "PostgreSQL"}, content_type="application/json").json()
    assert (done["state"], done["answer"], done["answered_by_name"]) == ("answered", "PostgreSQL", str(cast.member))
    again = client.post(answer, {"text": "no"}, content_type="application/json")
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert client.post(f"{base}/messages/", {"text": ""}, content_type="application/json").status_code == 400
    reader = key_client(cast, cast.member, "read")
    assert reader.get(f"{base}/messages/").status_code == 200
    assert reader.post(f"{base}/messages/", {"text": "x"}, content_type="application/json").status_code == 403


def test_queries_of_the_lists_do_not_grow(cast: Cast, build: Build, question: Question) -> None:
    client = key_client(cast, cast.member, "read")
    client.get(f"/api/v1/builds/{build.pk}/messages/")  # the key's first use is noted
    for path in ("messages", "questions"):
        counts = []
        for number in (1, 20):
            for n in range(number):
                Message.objects.create(build=build, author=cast.member, text="x", taken_by=question.task)
                Question.objects.create(
                    build=build, task=question.task, key=f"{path}{number}{n}", text="?", assumption="!",
                    until=db_now(),
                )  # fmt: skip
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/api/v1/builds/{build.pk}/{path}/").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 9


@pytest.fixture
def cli(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(sys.modules["autodev.cli.say"], "workspace_of", lambda slug: (cast.workspace, cast.owner))
    return CliRunner()


def test_the_command_line_says_asks_and_answers(cli: CliRunner, build: Build, question: Question) -> None:
    said = cli.invoke(app, ["say", str(build.pk), "-"], input="Use blue.")
    assert (said.exit_code, said.output.startswith("Sent. Nobody listens")) == (0, True)
    assert Message.objects.get().text == "Use blue."
    assert json.loads(cli.invoke(app, ["say", str(build.pk), "More.", "--json"]).output)["hears"] is False
    listed = cli.invoke(app, ["questions"])
    assert "Which database?" in listed.output
    assert "assumes: SQLite" in listed.output
    assert json.loads(cli.invoke(app, ["questions", str(build.pk), "--json"]).output)[0]["key"] == "db"
    answered = cli.invoke(app, ["answer", str(question.pk), "PostgreSQL"])
    assert (answered.exit_code, answered.output) == (0, "Answered.\n")
    assert cli.invoke(app, ["answer", str(question.pk), "no"]).exit_code == 1
    assert cli.invoke(app, ["questions"]).output == "Nothing is asked.\n"
    Question.objects.update(state="assumed", answer="")
    late = cli.invoke(app, ["answer", str(question.pk), "late", "--json"])
    assert json.loads(late.output)["state"] == "assumed"


@pytest.mark.parametrize(
    ("words", "code"),
    [(["say", "no-id", "x"], 2), (["say", "01a1fe30-e001-751a-8000-715500ca5cce", "x"], 1),
     (["answer", "01a1fe30-e001-751a-8000-715500ca5cce", "x"], 1)],
)  # fmt: skip
def test_the_command_line_refuses(cli: CliRunner, words: list[str], code: int) -> None:
    assert cli.invoke(app, words).exit_code == code
