"""A question about a product over REST and on the command line."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from autodev.cli import app
from projects.models import Build
from projects.pipeline import explain as answering
from projects.selectors.explained import Explained, explained_of
from projects.services.explain import explain_end
from tests.cast import Cast, build, cast, key_client, signed_in
from tests.pipeline.conftest import SPEC

__all__ = ["build", "cast"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3")]


@pytest.fixture
def asked_build(build: Build) -> Build:
    Build.objects.filter(pk=build.pk).update(spec=SPEC.model_dump(mode="json"))
    build.refresh_from_db()
    return build


def test_over_rest_it_is_asked_and_read(cast: Cast, asked_build: Build) -> None:
    place = f"/api/v1/builds/{asked_build.pk}/explanations/"
    client = key_client(cast, cast.member, "build")
    made = client.post(place, {"question": "Why SQLite?"}, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (202, "asked")
    explain_end(build_id=asked_build.pk, name=made.json()["id"], answer={"text": "It is small.", "provider": "a"})
    (found,) = client.get(place).json()
    assert (found["state"], found["text"], found["provider"]) == ("answered", "It is small.", "a")
    assert client.post(place, {"question": ""}, content_type="application/json").status_code == 400
    assert signed_in(cast.outsider).get(place).status_code == 404
    assert signed_in(cast.viewer).post(place, {"question": "x"}, content_type="application/json").status_code == 403
    Build.objects.filter(pk=asked_build.pk).update(head="")
    assert client.post(place, {"question": "Why?"}, content_type="application/json").status_code == 409


@pytest.fixture
def cli(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr(sys.modules["autodev.cli.explain"], "workspace_of", lambda slug: (cast.workspace, cast.owner))
    return CliRunner()


def answers(monkeypatch: pytest.MonkeyPatch, answer: dict[str, object] | None) -> None:
    def at_once(build_id: object, name: str) -> Explained:
        return explain_end(build_id=build_id, name=name, answer=answer, why="all are away")  # type: ignore[arg-type]

    monkeypatch.setattr(answering, "answer", at_once)


def test_the_command_line_asks_and_shows(cli: CliRunner, asked_build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, {"text": "It is small.", "paths": ["app/db.py"], "provider": "a"})
    said = cli.invoke(app, ["explain", str(asked_build.pk), "Why SQLite?"])
    assert said.exit_code == 0
    assert "It is small." in said.output
    assert "Read in: app/db.py; answered by a." in said.output
    assert json.loads(cli.invoke(app, ["explain", str(asked_build.pk), "--json"]).output)[0]["state"] == "answered"
    assert "Why SQLite?" in cli.invoke(app, ["explain", str(asked_build.pk)]).output
    assert len(explained_of(asked_build.pk)) == 1


def test_the_command_line_tells_why_there_is_no_answer(
    cli: CliRunner, asked_build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, None)
    said = cli.invoke(app, ["explain", str(asked_build.pk), "Why?"])
    assert said.exit_code == 1
    assert "all are away" in said.output
    assert cli.invoke(app, ["explain", "01a1fe30-e001-751a-8000-715500ca5cce", "x"]).exit_code == 1
