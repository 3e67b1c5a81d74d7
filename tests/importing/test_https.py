"""A repository comes over https from a forge: with its authority, its login, and everything that may go wrong there."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.apps import apps
from pytest_django import Settings

from autodev.accounts.models import User, Workspace
from projects.change_forms import ImportForm
from projects.importing.errors import ImportRefused
from projects.importing.limits import LIMITS
from projects.importing.login import without_login
from projects.models import Build, Project, Task
from projects.pipeline import import_fetch
from projects.pipeline.import_leftovers import remove_leftovers
from projects.repository.repository import repository_of
from projects.services import cancel_build
from projects.services.importing import import_start, source_of_url, unsealed, uploads
from projects.states import TaskState
from tests.importing.conftest import Engine, Repo, git
from tests.importing.forge import BASIC, LOGIN, TOKEN, Forge, forge

pytestmark = [pytest.mark.feature("F1.13"), pytest.mark.timeout(120)]


@pytest.fixture
def place(tmp_path: Path, repo: Repo, settings: Settings) -> Iterator[Forge]:
    """The forge, with `app.git` and an installation in production that names it and its authority."""
    folder = repo({"a.txt": "1\n"}, {"a.txt": "2\n", "b.txt": os.urandom(200_000).hex()})
    root = tmp_path / "forge"
    root.mkdir()
    git(folder, "clone", "-q", "--bare", str(folder), str(root / "app.git"))
    with forge(root, tmp_path / "keys") as found:
        settings.PRODUCTION = True
        settings.AUTODEV_PROVIDER_HOSTS = ["127.0.0.1"]
        settings.AUTODEV_IMPORT_CA = str(found.authority)
        yield found


@pytest.fixture
def importing(engine: Engine, workspace: Workspace, user: User) -> _Importing:
    return _Importing(engine, workspace, user)


class _Importing:
    """Queues an import and fetches: the first task of its build."""

    def __init__(self, engine: Engine, workspace: Workspace, user: User) -> None:
        self._engine, self._workspace, self._user = engine, workspace, user

    def __call__(self, url: str, *, branch: str = "") -> Build:
        source = source_of_url(url, branch=branch)
        return self._engine.run(import_start(workspace=self._workspace, user=self._user, source=source), at_most=1)


def _left_behind(build: Build) -> list[str]:
    """What an import that failed has put anywhere."""
    repository = repository_of(build.project_id)
    refs = [name for name in repository.refs() if "import" in name] if repository.git_dir.exists() else []
    return [*refs, *map(str, uploads().glob("fetch-*")), Project.objects.get(pk=build.project_id).head, build.head]


def _in_database(word: str) -> list[str]:
    """The tables of which a row holds the word."""
    return [m.__name__ for m in apps.get_models() for row in m._default_manager.values() if word in str(row)]


def test_a_repository_comes_with_its_history(place: Forge, importing: _Importing) -> None:
    build = importing(f"{place.url}/open/app.git")
    fetched = Task.objects.get(build=build, key="understand")
    assert (fetched.state, fetched.result["commits"]) == (TaskState.SUCCEEDED, 2), build.errors
    repository = repository_of(build.project_id)
    assert repository.read(build.head, "a.txt") == b"2\n"
    assert not place.logins


def test_the_token_of_an_address_fetches_and_is_nowhere(
    place: Forge, importing: _Importing, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    build = importing(place.with_login("/private/app.git"))
    fetched = Task.objects.get(build=build, key="understand")
    assert (fetched.state, fetched.result["commits"]) == (TaskState.SUCCEEDED, 2), build.errors
    assert place.logins[-1] == f"Basic {BASIC}"
    repository = repository_of(build.project_id)
    for word in (TOKEN, BASIC, "glpat-Sup3r%2FSecret%2BToken"):
        assert not _in_database(word)
        assert word not in (repository.git_dir / "config").read_text()
        log = ["git", f"--git-dir={repository.git_dir}", "log", "--all", "--format=raw"]
        assert word not in subprocess.run(log, check=True, capture_output=True, text=True).stdout
        assert word not in caplog.text
        assert word not in "".join(capfd.readouterr())
        assert not any(word.encode() in seen for seen in place.seen)
    assert any(b"/private/app.git" in seen for seen in place.seen)
    assert build.project.imported_from == f"{place.url}/private/app.git"
    assert unsealed(fetched.params["source"], build_id=build.pk).login == ""


def test_a_login_waits_sealed_and_a_wrong_one_is_forgotten(place: Forge, importing: _Importing) -> None:
    source = source_of_url(place.with_login("/private/app.git"))
    assert (source.login, LOGIN in repr(source), source.where) == (LOGIN, False, f"{place.url}/private/app.git")
    build = importing(place.with_login("/private/app.git", login="ada:wrong-word"))
    assert (build.state, build.tasks.get().error_kind) == ("failed", "import_denied")
    assert "does not take the name and the password" in str(build.errors)
    assert not _in_database("wrong-word")
    assert not any(_left_behind(build))
    task = Task.objects.get(build=build)
    assert unsealed(task.params["source"], build_id=build.pk).login == ""


@pytest.mark.usefixtures("engine")
def test_the_login_of_an_import_that_was_cancelled_goes(workspace: Workspace, user: User) -> None:
    url = "https://ada:some-word@example.com/team/app.git"
    build, other = (import_start(workspace=workspace, user=user, source=source_of_url(url)) for _ in range(2))
    cancel_build(build=build, user=user)
    remove_leftovers()
    kept = {task.build_id: unsealed(task.params["source"], build_id=task.build_id).login for task in Task.objects.all()}
    assert kept == {build.pk: "", other.pk: "ada:some-word"}


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/private/app.git", "not open to everybody (401)"),
        ("/forbidden/app.git", "refuses to give the repository (403)"),
        ("/open/none.git", "no such repository there"),
        ("/moved/app.git", "leads to another one"),
        ("/to-file/app.git", "leads to another one"),
    ],
)
def test_a_place_that_says_no_is_believed_at_once(place: Forge, importing: _Importing, path: str, said: str) -> None:
    build = importing(f"{place.url}{path}")
    assert build.state == "failed"
    assert said in str(build.errors)
    assert not any(_left_behind(build))
    assert len({asked.split("?")[0] for asked in place.asked}) == 1


def test_a_branch_that_is_not_there_is_said(place: Forge, importing: _Importing) -> None:
    assert "no such branch" in str(importing(f"{place.url}/open/app.git", branch="next").errors)


def test_a_certificate_of_somebody_else_is_not_trusted(
    place: Forge, importing: _Importing, tmp_path: Path, settings: Settings
) -> None:
    with forge(tmp_path, tmp_path / "other") as stranger:
        settings.AUTODEV_IMPORT_CA = str(stranger.authority)
        build = importing(place.with_login("/private/app.git"))
    assert build.state == "failed"
    assert "certificate is not trusted here" in str(build.errors)
    assert (place.logins, place.asked) == ([], [])
    assert not any(_left_behind(build))


def test_a_history_above_the_limits_is_refused(
    place: Forge, importing: _Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limits, said in (
        (replace(LIMITS, history_bytes=65_536), "history has more than"),
        (replace(LIMITS, commits=1), "more than 1 commits"),
    ):
        monkeypatch.setattr(import_fetch, "LIMITS", limits)
        build = importing(f"{place.url}/open/app.git")
        assert build.state == "failed"
        assert said in str(build.errors)
        assert not any(_left_behind(build))


def test_a_place_that_hangs_is_left(place: Forge, importing: _Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_fetch, "LIMITS", replace(LIMITS, fetch_s=2.0))
    build = importing(f"{place.url}/hangs/app.git")
    assert build.state == "failed"
    assert "had not come after 2 seconds" in str(build.errors)
    assert not any(_left_behind(build))
    assert place.url.encode() not in _running()


def _running() -> bytes:
    return b"\n".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if os.access(path, os.R_OK))


def test_in_production_an_address_of_the_own_network_must_be_named(
    place: Forge, importing: _Importing, settings: Settings
) -> None:
    settings.AUTODEV_PROVIDER_HOSTS = []
    with pytest.raises(ImportRefused, match="AUTODEV_PROVIDER_HOSTS"):
        importing(place.with_login("/private/app.git"))
    assert not place.asked


def test_logins_are_taken_out_of_addresses() -> None:
    assert without_login("https://example.com/a.git") == ("https://example.com/a.git", "")
    assert without_login("https://t%40k@example.com:8443/a") == ("https://example.com:8443/a", "t@k:")
    assert without_login("git@example.com:a/b.git") == ("git@example.com:a/b.git", "")
    for url in ("http://a:b@example.com/x", "https://a%0d%0aX:y@e.com/x", f"https://{'x' * 2000}@e.com/x", "https://@e.com/a",
                "https://a%3Ab:c@e.com/x"):  # fmt: skip
        with pytest.raises(ImportRefused) as refused:
            without_login(url)
        assert url not in refused.value.message


def test_what_is_shown_again_holds_no_password() -> None:
    for url in ("https://ada:secret-word@example.com/a.git", "http://ada:secret-word@example.com/a.git"):
        form = ImportForm({"url": url, "branch": "x" * 200})
        assert not form.is_valid()
        assert "secret-word" not in form.as_p()
    kept = ImportForm({"url": "https://ada:secret-word@example.com/a.git"})
    assert kept.is_valid()
    assert kept.cleaned_data["url"] == "https://ada:secret-word@example.com/a.git"
