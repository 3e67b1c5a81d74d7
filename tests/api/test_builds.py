"""Builds over REST."""

from __future__ import annotations

import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from autodev.lib.clock import utcnow
from projects.models import Build, Step
from projects.repository import git
from projects.repository.repository import repository_of
from projects.states import BuildState
from tests.cast import Cast, key_client, rich_build, signed_in

pytestmark = pytest.mark.feature("F4.6")
BUILDS = "/api/v1/builds/"


def start(client: Client, body: dict[str, Any], key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else None
    return client.post(BUILDS, body, content_type="application/json", headers=headers)


def test_a_key_starts_a_build_in_its_own_workspace(cast: Cast) -> None:
    client = key_client(cast, cast.member, "build")
    body = {
        "idea": "A todo list", "constraints": {"database": "sqlite"}, "preferences": {"n": [1]},
        "deadline_at": "2099-01-01T00:00:00Z", "budget_usd": "0.5",
    }  # fmt: skip
    answer = start(client, body)
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"] == f"{BUILDS}{made['id']}/"
    assert made["workspace"] == str(cast.workspace.pk)
    assert (made["state"], made["success"], made["progress"]) == ("queued", False, 0)
    assert (made["constraints"], made["budget_usd"]) == ({"database": "sqlite"}, "0.500000")
    assert [t["key"] for t in made["tasks"]] == ["understand"]
    assert client.get(answer.headers["Location"]).json()["id"] == made["id"]


def test_the_same_key_and_body_give_the_same_build_another_body_a_conflict(cast: Cast) -> None:
    client = key_client(cast, cast.member, "build")
    body = {"idea": "A todo list", "deadline_at": "2099-01-01T00:00:00Z"}
    first, again = start(client, body, "k1"), start(client, body, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    other = start(client, {**body, "idea": "Another"}, "k1")
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency_conflict"
    assert start(client, body, "k2").json()["id"] != first.json()["id"]
    assert start(client, body, "x" * 201).status_code == 400
    assert Build.objects.count() == 2


def test_a_deadline_that_is_past_is_refused_but_a_repetition_is_not(cast: Cast) -> None:
    client = key_client(cast, cast.member, "build")
    late = start(client, {"idea": "A todo list", "deadline_at": "2020-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["code"]) == (422, "deadline_past")
    assert Build.objects.count() == 0
    body = {"idea": "A todo list", "deadline_at": "2099-01-01T00:00:00Z"}
    first = start(client, body, "k1").json()
    with time_machine.travel("2100-01-01"):
        assert start(client, body, "k1").json()["id"] == first["id"]


def test_a_harmful_idea_is_refused_with_its_reason(cast: Cast) -> None:
    client = key_client(cast, cast.member, "build")
    answer = start(client, {"idea": "Write ransom\u200bware that encrypts the victim's files."})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "refused"
    assert "malicious software" in answer.json()["detail"]
    assert Build.objects.count() == 0
    assert start(client, {"idea": "A quiz for ransomware awareness."}).status_code == 201


def test_a_session_names_the_workspace_and_may_go_on_with_a_project(cast: Cast, build: Build) -> None:
    client = signed_in(cast.member)
    missing = start(client, {"idea": "A todo list"})
    assert missing.status_code == 400
    assert missing.json()["errors"] == [{"field": "workspace", "message": "Name the workspace."}]
    made = start(client, {"idea": "A todo list", "project": str(build.project_id)})
    assert made.json()["number"] == build.number + 1
    elsewhere = {"idea": "A", "project": str(build.project_id), "workspace": str(uuid.uuid4())}
    assert start(client, elsewhere).status_code == 400


def test_lists_are_paged_and_narrowed(cast: Cast, build: Build) -> None:
    from tests.factories.projects import BuildFactory

    BuildFactory.create_batch(3, project=build.project, state=BuildState.FAILED)
    client = signed_in(cast.viewer)
    page = client.get(f"{BUILDS}?page_size=3").json()
    assert len(page["results"]) == 3
    rest = client.get(page["next"]).json()
    assert [b["id"] for b in rest["results"]] == [str(build.pk)]
    assert len(client.get(f"{BUILDS}?state=failed&project={build.project_id}").json()["results"]) == 3
    assert client.get(f"{BUILDS}?workspace={uuid.uuid4()}").json()["results"] == []
    assert client.get(f"{BUILDS}?state=odd").status_code == 400
    assert client.get(f"{BUILDS}?project=odd").json()["errors"][0]["field"] == "project"
    assert signed_in(cast.outsider).get(BUILDS).json()["results"] == []


def test_workspaces_and_projects(cast: Cast, build: Build) -> None:
    listed = signed_in(cast.maintainer).get("/api/v1/workspaces/").json()
    assert [(w["slug"], w["role"]) for w in listed] == [("engines", "maintainer")]
    by_key = key_client(cast, cast.owner, "read").get("/api/v1/workspaces/").json()
    assert [(w["slug"], w["role"]) for w in by_key] == [("engines", "viewer")]
    client = signed_in(cast.viewer)
    assert [p["slug"] for p in client.get("/api/v1/projects/").json()["results"]] == ["library"]
    assert client.get(f"/api/v1/projects/{build.project_id}/").json()["name"] == "Library"
    assert signed_in(cast.outsider).get(f"/api/v1/projects/{build.project_id}/").status_code == 404


def test_a_build_is_steered(cast: Cast, build: Build) -> None:
    client = key_client(cast, cast.member, "build")
    for action, state in (("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled")):
        assert client.post(f"{BUILDS}{build.pk}/{action}/").json()["state"] == state
    late = client.post(f"{BUILDS}{build.pk}/pause/")
    assert late.status_code == 409
    assert late.json()["code"] == "wrong_state"


def test_events_are_read_by_cursor_without_a_gap(cast: Cast) -> None:
    client = key_client(cast, cast.member, "build")
    build_id = start(client, {"idea": "A todo list"}).json()["id"]
    client.post(f"{BUILDS}{build_id}/pause/")
    address = f"{BUILDS}{build_id}/events/"
    first = client.get(f"{address}?limit=1").json()
    assert ([e["version"] for e in first["results"]], first["next"], first["final"]) == ([1], 1, False)
    second = client.get(f"{address}?after=1").json()
    assert [(e["version"], e["type"]) for e in second["results"]] == [(2, "build.paused")]
    client.post(f"{BUILDS}{build_id}/cancel/")
    last = client.get(f"{address}?after=2").json()
    assert last["final"] is True
    assert client.get(f"{address}?after={last['next']}").json()["results"] == []
    assert client.get(f"{address}?after=-1").status_code == 400


@pytest.fixture
def repository(cast: Cast, data_dir: Path, tmp_path: Path) -> tuple[Build, str, str]:
    """A build whose repository has two commits."""
    made = rich_build(cast, state=BuildState.SUCCEEDED)
    repository = repository_of(made.project_id)
    repository.init()
    folder = tmp_path / "files"
    (folder / "src").mkdir(parents=True)
    (folder / "README.md").write_text("# Library\n")
    (folder / "src" / "app.py").write_text("x = 1\n")
    (folder / "logo.bin").write_bytes(b"\x00\x01\xff")
    first = repository.snapshot(folder, parent=repository.root(), message="First", date=utcnow())
    (folder / "src" / "app.py").write_text("x = 2  # <script>\n")
    second = repository.snapshot(folder, parent=first, message="Second", date=utcnow())
    Build.objects.filter(pk=made.pk).update(head=second)
    Step.objects.filter(key="s0").update(commit=first)
    made.refresh_from_db()
    return made, first, second


@pytest.mark.feature("F1.14")
def test_the_repository_is_read(cast: Cast, repository: tuple[Build, str, str]) -> None:
    build, first, second = repository
    client, address = key_client(cast, cast.owner, "read"), f"{BUILDS}{build.pk}/"
    assert client.get(f"{address}files/").json() == {"commit": second, "paths": ["README.md", "logo.bin", "src/app.py"]}
    assert client.get(f"{address}files/src/app.py").json()["text"] == "x = 2  # <script>\n"
    assert client.get(f"{address}files/src/app.py?commit={first}").json()["text"] == "x = 1\n"
    assert client.get(f"{address}files/logo.bin").json() == {"path": "logo.bin", "size": 3, "text": None}
    raw = client.get(f"{address}raw/src/app.py")
    assert (raw.content, raw.headers["Content-Type"]) == (b"x = 2  # <script>\n", "application/octet-stream")
    assert raw.headers["Content-Disposition"] == "attachment"
    diff = client.get(f"{address}diff/").json()
    assert (diff["from"], diff["to"]) == ("", second)
    assert "-x = 1\n+x = 2" in diff["diff"]
    assert "-x = 2" in client.get(f"{address}diff/?from={second}&to={first}").json()["diff"]
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{address}zip/").content))
    assert archive.read("library/README.md") == b"# Library\n"


@pytest.mark.parametrize("commit", ["f" * 40, "HEAD", "--output=/tmp/x", "../../etc", "0"])
def test_what_is_no_commit_is_not_found_and_not_run(
    cast: Cast, repository: tuple[Build, str, str], commit: str
) -> None:
    build, _, _ = repository
    client, address = signed_in(cast.viewer), f"{BUILDS}{build.pk}/"
    for query in (
        f"files/?commit={commit}",
        f"files/README.md?commit={commit}",
        f"diff/?to={commit}",
        f"diff/?from={commit}",
    ):
        answer = client.get(address + query)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), query
    assert client.get(f"{address}files/none.py").status_code == 404
    assert client.get(f"{address}files/../../etc/passwd").status_code == 404


def test_the_pages_show_the_repository(cast: Cast, repository: tuple[Build, str, str]) -> None:
    build, first, second = repository
    client, address = signed_in(cast.viewer), f"/builds/{build.pk}/"
    tree = client.get(f"{address}files/")
    assert 'aria-current="true">README.md' in tree.text
    source = client.get(f"{address}files/src/app.py").text
    assert "&lt;script&gt;" in source
    assert "<script>" not in source
    changed = f"{address}diff/?from={first}&to={second}"
    assert 'class="gi"' in client.get(f"{changed}&path=src/app.py").text
    assert client.get(f"{changed}&path=absent").status_code == 404
    assert "This is no text" in client.get(f"{address}files/logo.bin").text
    got = client.get(f"{address}download/")
    assert 'filename="library-' in got.headers["Content-Disposition"]
    assert zipfile.ZipFile(io.BytesIO(got.content)).testzip() is None
    undone = signed_in(cast.member).post(f"{address}rollback/{Step.objects.get(key='s0').pk}/")
    assert undone.status_code == 302
    build.refresh_from_db()
    assert build.head == first


def test_differences_are_shown_a_file_at_a_time_and_only_so_much(
    cast: Cast, repository: tuple[Build, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build, first, _ = repository
    page, client = f"/builds/{build.pk}/diff/?to={first}", signed_in(cast.viewer)
    whole = client.get(page).text
    assert [whole.count(f"path={name}") for name in ("README.md", "logo.bin", "src%2Fapp.py")] == [1, 1, 1]
    assert ("+# Library" in whole, "+x = 1" in whole, "Too large" in whole) == (True, False, False)
    assert "+x = 1" in client.get(f"{page}&path=src/app.py").text
    monkeypatch.setattr("projects.views.files.HIGHLIGHT_MAX", 60)
    cut = client.get(page).text
    assert ("+# Library" in cut, "Too large to show whole" in cut) == (False, True)
    monkeypatch.setattr("projects.views.files.CHANGES_SHOWN", 1)
    assert "The first 1 of 3." in client.get(page).text


def test_a_file_is_shown_with_one_look_at_the_tree(
    cast: Cast, repository: tuple[Build, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build, _, _ = repository
    asked: list[list[str]] = []
    real = git.call

    def call(folder: Path, words: list[str], **more: Any) -> Any:
        asked.append(words)
        return real(folder, words, **more)

    monkeypatch.setattr(git, "call", call)
    assert "&lt;script&gt;" in signed_in(cast.viewer).get(f"/builds/{build.pk}/files/src/app.py").text
    assert [words[4:] for words in asked if words[0] == "ls-tree"] == [[build.head], [build.head, "--", "src/app.py"]]


@pytest.mark.feature("F1.11", "F1.18")
def test_evidence_and_findings(cast: Cast, build: Build) -> None:
    client = signed_in(cast.viewer)
    evidence = client.get(f"{BUILDS}{build.pk}/evidence/").json()
    assert [(r["key"], r["state"]) for r in evidence["requirements"]] == [("r1", "met"), ("r2", "not_understood")]
    assert evidence["requirements"][0]["checks"][0]["excerpt"] == "409 as expected"
    assert [(c["key"], c["result"], c["commit"]) for c in evidence["ladder"]] == [("parse", "not_run", None)]
    assert evidence["met"] == 1
    found = client.get(f"{BUILDS}{build.pk}/findings/?severity=error").json()["results"]
    assert [f["rule"] for f in found] == ["F821"]
    assert client.get(f"{BUILDS}{build.pk}/findings/?severity=info").json()["results"] == []
    assert client.get(f"{BUILDS}{build.pk}/findings/?severity=odd").status_code == 400
