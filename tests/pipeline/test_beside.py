"""Tests and documentation by a model: kept where they stay in their own files and nothing is worse."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from django.utils import timezone

from autodev.contracts.contexts import DocumentContext, TestContext
from projects.checks.python.tests import coverage_of as measured
from projects.checks.types import LadderReport, Rung, RungResult
from projects.importing.layout import Layout
from projects.importing.manifest import manifest_of_layout
from projects.models import Build, Task
from projects.pipeline import test as testing
from projects.pipeline.beside import LEFT_OUT
from projects.pipeline.deliver import _left_out
from projects.pipeline.stacks import MANIFEST, suite_commands
from projects.states import Phase, TaskState
from tests.pipeline.conftest import GOOD
from tests.pipeline.scripted import Waiting, breaks, waiting, writes

__all__ = ["waiting"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3")]
ADDED = {"probe/__init__.py": GOOD, "probe/song.py": 'NOTES = "la la"\n'}
TESTS = {"tests/test_song.py": "def test_song() -> None:\n    assert True\n"}
BROKEN = {"tests/test_song.py": "def test_song( -> None:\n"}


def ready(waiting: Waiting, rungs: list[Rung], key: str, folder: Path, *, added: bool = True) -> Task:
    """The task after an extension added a module."""
    waiting.made({"probe/__init__.py": GOOD}, rungs)
    if added:
        for path, text in ADDED.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        build = waiting.build
        build.head = waiting.repository.snapshot(folder, parent=build.head, message="Added\n", date=timezone.now())
        build.save()
    return waiting.between(key, Phase.IMPLEMENT, "implement", "validate")


def test_tests_are_kept(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    ready(waiting, short_ladder, "test", tmp_path / "added")
    waiting.models.will(writes(TESTS))
    task = waiting.step("test")
    assert (task.state, task.result["kept"]) == (TaskState.SUCCEEDED, True)
    assert "tests/test_song.py" in waiting.repository.files(waiting.build.head)
    (job,) = waiting.models.jobs
    assert isinstance(job.context, TestContext)
    assert list(job.context.paths) == ["probe/song.py"]
    assert job.context.commands == [["python", "-m", "pytest", "-q", "tests"]]


@pytest.mark.parametrize(
    ("source", "tests", "command"),
    [
        ("shop", "tests", "python -m pytest -q tests"),
        ("src/shop", "tests", "env PYTHONPATH=src python -m pytest -q tests"),
        (".", ".", "python -m pytest -q"),
    ],
)
def test_an_imported_repository_is_suite_commands_its_conventions(source: str, tests: str, command: str) -> None:
    layout = Layout(language="python", source=source, tests="" if tests == "." else tests)
    manifest = manifest_of_layout(layout, title="Shop")
    assert [shlex.join(argv) for argv in suite_commands({MANIFEST: manifest.model_dump(mode="json")})] == [command]


def test_what_cannot_be_run_here_has_no_command() -> None:
    manifest = manifest_of_layout(Layout(language="go", command="go test ./..."), title="Shop")
    assert suite_commands({MANIFEST: manifest.model_dump(mode="json")}) == []


@pytest.mark.parametrize("key", ["test", "document"])
def test_where_nothing_was_added_nobody_is_asked(
    waiting: Waiting, short_ladder: list[Rung], tmp_path: Path, key: str
) -> None:
    ready(waiting, short_ladder, key, tmp_path / "added", added=False)
    task = waiting.step(key)
    assert (task.state, task.result["kept"], waiting.models.jobs) == (TaskState.SUCCEEDED, False, [])


def test_whoever_changes_the_code_is_refused(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    ready(waiting, short_ladder, "test", tmp_path / "added")
    waiting.models.will(writes({"probe/song.py": "NOTES = ''\n"}), writes(TESTS))
    task = waiting.failed("test")
    assert "not its own: probe/song.py" in task.last_error
    task = waiting.again(task)
    assert task.state == TaskState.SUCCEEDED
    assert waiting.repository.read(waiting.build.head, "probe/song.py").decode() == ADDED["probe/song.py"]


def test_what_breaks_the_ladder_is_left_out_and_the_build_lacks_nothing(
    waiting: Waiting, short_ladder: list[Rung], tmp_path: Path
) -> None:
    ready(waiting, short_ladder, "test", tmp_path / "added")
    waiting.models.will(writes(BROKEN))
    task = waiting.failed("test")
    assert task.last_error.startswith("What worked before is broken")
    task = waiting.again(task, percent=60)
    assert (task.state, task.result["kept"]) == (TaskState.SUCCEEDED, False)
    assert "What worked before is broken" in task.result[LEFT_OUT]
    assert [one.startswith("Test: left out") for one in _left_out(Build.objects.get())] == [True]
    assert "tests/test_song.py" not in waiting.repository.files(waiting.build.head)


def test_what_of_an_attempt_is_of_use_can_be_kept(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    ready(waiting, short_ladder, "test", tmp_path / "added")
    waiting.models.will(writes({**TESTS, "tests/test_z.py": BROKEN["tests/test_song.py"]}))
    task = waiting.again(waiting.failed("test"), percent=80)
    assert (task.state, task.result["kept"]) == (TaskState.SUCCEEDED, True)
    assert "tests/test_song.py" in waiting.repository.files(waiting.build.head)
    assert "tests/test_z.py" not in waiting.repository.files(waiting.build.head)


def test_who_changes_nothing_is_believed(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    ready(waiting, short_ladder, "test", tmp_path / "added")
    waiting.models.will(writes({}))
    task = waiting.step("test")
    assert (task.state, task.result["reason"]) == (TaskState.SUCCEEDED, "nothing was changed")


def test_an_outage_is_recovery_s(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    ready(waiting, short_ladder, "document", tmp_path / "added")
    waiting.models.will(breaks("quota", outside=True))
    assert waiting.failed("document").error_kind == "quota"


def test_words_are_kept_and_code_is_refused(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    ready(waiting, short_ladder, "document", tmp_path / "added")
    waiting.models.will(writes({"README.md": "# It sings\n", "tests/test_x.py": "X = 1\n"}))
    task = waiting.failed("document")
    assert "not its own: tests/test_x.py" in task.last_error
    waiting.models.will(writes({"README.md": "# It sings\n", "docs/song.md": "La.\n"}))
    task = waiting.again(task)
    assert (task.state, task.result["kept"]) == (TaskState.SUCCEEDED, True)
    job = waiting.models.jobs[-1]
    assert isinstance(job.context, DocumentContext)
    assert list(job.context.paths) == ["probe/song.py"]


def report(**percent: float) -> LadderReport:
    files = [(f"probe/{name}.py", value, [3, 4]) for name, value in percent.items()]
    rung = RungResult(key="tests", status="passed", metrics={"coverage": 90.0, "coverage_of": measured(files)})
    return LadderReport(rungs=(rung,), required=frozenset({"tests"}))


def test_a_file_that_is_tested_less_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "changed_since_made", lambda ctx: ["probe/song.py", "probe/new.py"])
    worse = testing.tested_less(None)  # type: ignore[arg-type] # the paths are given
    assert worse(report(song=80, other=90), report(song=80, other=10, new=5)) == ""
    assert worse(report(song=80), report(song=60)) == "probe/song.py was covered to 80 %, and is to 60 %."


def test_the_lines_that_no_test_reaches_are_told() -> None:
    assert testing.uncovered(report(song=80), ["probe/song.py", "probe/new.py"]) == {"probe/song.py": "lines 3, 4"}
    assert testing.coverage_of(LadderReport(rungs=(), required=frozenset())) == {}
