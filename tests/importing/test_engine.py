"""Repositories that are imported: measured by their own tests, what is red told, what was green held."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.signing import Signer

from autodev.accounts.models import User, Workspace
from projects.checks.imported.told import BLAMED
from projects.models import BuildOrigin, Evidence, Project
from projects.repository.repository import repository_of
from projects.selectors.evidence import evidence_of
from projects.selectors.mainline import stack_of
from projects.services import change_start
from projects.services.importing import import_start, source_of_folder, source_of_url, uploads
from tests.importing.conftest import Engine, Repo, git

pytestmark = pytest.mark.slow
APP = {
    "requirements.txt": "six\n",
    "calc/__init__.py": "import six\n\n\ndef add(a, b):\n    return a + b\n",
    "tests/test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
    "build/kept.txt": "tracked although it is ignored\n",
    ".gitignore": "build/\n",
}
RED = {"tests/test_red.py": "def test_red():\n    assert 1 == 2\n\n\ndef test_green():\n    assert True\n"}


@pytest.mark.feature("F1.13")
def test_a_repository_is_measured_and_its_history_kept(
    engine: Engine, workspace: Workspace, user: User, repo: Repo
) -> None:
    folder = repo(APP, RED)
    build = engine.run(import_start(workspace=workspace, user=user, source=source_of_folder(folder)))
    assert (build.state, build.origin) == ("degraded", BuildOrigin.IMPORT), (build.errors, build.degraded)
    assert build.degraded == [
        "1 of 3 tests were red when it came: tests/test_red.py::test_red (assert 1 == 2).", BLAMED,
    ]  # fmt: skip
    project = Project.objects.get(pk=build.project_id)
    assert (project.name, project.head) == ("app", git(folder, "rev-parse", "HEAD"))
    history = repository_of(project.pk).log(project.head)
    assert [entry.message for entry in history] == ["Commit 1", "Commit 0"]
    measured = stack_of(build)
    assert measured["green"] == ["tests/test_calc.py::test_add", "tests/test_red.py::test_green"]
    assert measured["red"] == ["tests/test_red.py::test_red"]
    assert [(r.requirement.key, r.state) for r in evidence_of(build).requirements] == [("what_was_green", "met")]
    assert build.tech_stack["six"]

    change = engine.run(change_start(build=build, user=user, text="add subtraction"))
    assert change.state == "failed"
    assert "no model to ask" in str(change.errors)
    assert Project.objects.get(pk=project.pk).head == project.head


@pytest.mark.feature("F1.13")
def test_other_languages_are_taken_in_and_said_to_be_not_runnable(
    engine: Engine, workspace: Workspace, user: User, repo: Repo
) -> None:
    folder = repo({"package.json": '{"scripts": {"test": "exit 1"}}', "index.js": "1\n"})
    build = engine.run(import_start(workspace=workspace, user=user, source=source_of_folder(folder), name="Web"))
    assert build.state == "degraded"
    assert any("`npm test`, which cannot be run here yet" in sentence for sentence in build.degraded)
    assert build.project.name == "Web"
    assert not Evidence.objects.filter(check_row__build=build, check_row__key="tests").exists()


def test_what_may_not_be_taken_in_ends_the_build_with_the_reason(
    engine: Engine, workspace: Workspace, user: User, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.bundle"
    broken.write_bytes(b"# v2 git bundle\nnonsense")
    build = engine.run(import_start(workspace=workspace, user=user, source=source_of_folder(broken)))
    assert build.state == "failed"
    assert build.errors
    assert not Project.objects.get(pk=build.project_id).head
    assert not list(uploads().glob("fetch-*"))


@pytest.mark.parametrize("edited", ["folder", "seal", "other build"])
def test_a_source_that_was_edited_reads_nothing_of_the_server(
    engine: Engine, workspace: Workspace, user: User, tmp_path: Path, edited: str
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("the server's own")
    build = import_start(workspace=workspace, user=user, source=source_of_url("https://example.com/app.git"))
    task = build.tasks.get()
    source = {"kind": "folder", "where": str(secret), "branch": ""}
    other = import_start(workspace=workspace, user=user, source=source_of_folder(secret))
    task.params["source"] = {
        "folder": source, "seal": Signer(salt="other").sign_object(source),
        "other build": other.tasks.get().params["source"],
    }[edited]  # fmt: skip
    task.save(update_fields=["params"])
    build = engine.run(build)
    assert build.state == "failed"
    assert "cannot be changed" in str(build.errors)
    assert not build.head
