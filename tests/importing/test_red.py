"""A repository whose own tests are red when it comes says so at once, and no change of it is blamed for that."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autodev.accounts.models import User, Workspace
from autodev.contracts.job import JobKind
from projects.checks.imported.shown import Arrived, Kept
from projects.checks.imported.tests import ENDED, NOTHING, Baseline
from projects.checks.imported.told import BLAMED, red_when_it_came
from projects.checks.types import FindingData, LadderReport, RungResult, RungStatus
from projects.models import Attempt, Build, Task
from projects.selectors.evidence import evidence_of
from projects.selectors.mainline import stack_of
from projects.services import change_start
from projects.services.importing import import_start, source_of_folder
from projects.states import TaskState
from tests.importing.conftest import Engine, Repo
from tests.importing.test_changes import models
from tests.pipeline.scripted import Scripted, writes

__all__ = ["models"]
pytestmark = pytest.mark.feature("F1.13")
APP = {
    "requirements.txt": "# nothing but the standard library\n",
    "calc.py": "def add(a, b):\n    return a - b\n",
    "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
}
BROKEN = {"test_broken.py": "import nowhere\n\n\ndef test_a():\n    assert True\n\n\ndef test_b():\n    assert False\n"}
DIES = {"conftest.py": "import os\n\nos._exit(3)\n"}


def report(status: RungStatus, green: Sequence[str] = (), *findings: FindingData) -> LadderReport:
    rung = RungResult(key="tests", status=status, findings=findings, metrics={"green": list(green)})
    return LadderReport(rungs=(rung,), required=frozenset())


def test_what_was_red_is_said_in_plain_words() -> None:
    red = [
        FindingData(rule="test.failed", message=f"t.py::test_{n}: assert {n} == 0\n + more", severity="warning")
        for n in range(7)
    ]
    assert red_when_it_came(report("passed", ["t.py::test_ok"])) == []
    assert red_when_it_came(report("not_run")) == []
    some = red_when_it_came(report("passed", ["t.py::test_ok", "t.py::test_0"], *red))
    assert some[0].startswith("7 of 8 tests were red when it came: t.py::test_0 (assert 0 == 0); t.py::test_1 (")
    assert some[0].endswith(" and 2 more.")
    assert some[1:] == [BLAMED]
    ended = red_when_it_came(report("failed", ["a"], FindingData(rule="limit.timeout", message=f"{ENDED}: timeout.")))
    assert ended[0] == "The tests were ended before they were over when it came (timeout.)"
    none = red_when_it_came(report("failed", [], FindingData(rule="no-tests", message="No test passed. It died.")))
    assert none[0] == "None of its tests could be run when it came: No test passed. It died."


def test_what_was_red_before() -> None:
    known = Baseline(green=frozenset({"a.py::one"}), red=frozenset({"a.py::two", "b.py"}))
    names = ("a.py::one", "a.py::two", "a.py::three", "b.py", "b.py::any")
    assert [known.was_red(name) for name in names] == [False, True, False, True, True]


def test_where_nothing_was_green_nothing_can_be_lost() -> None:
    assert Kept(Baseline()).needs == ("install",)
    assert Kept(Baseline(green=frozenset({"a"}))).needs == Kept(None).needs == Arrived(Baseline()).needs == ("tests",)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_red_repository_says_so_at_once_and_is_changed_without_blame(
    engine: Engine, workspace: Workspace, user: User, repo: Repo, models: Scripted
) -> None:
    models.always[JobKind.TEST] = writes({})
    first = import_start(workspace=workspace, user=user, source=source_of_folder(repo({**APP, **BROKEN})))
    first = engine.run(first, at_most=4)
    measured = Task.objects.get(build=first, key="validate")
    assert (measured.state, measured.epoch) == (TaskState.DEGRADED, 1)
    assert Attempt.objects.filter(task__build=first).count() == 4
    said = "\n".join(first.degraded)
    assert "2 of 2 tests were red when it came" in said
    assert "test_calc.py::test_add (assert -1 == 3" in said
    assert "test_broken.py (ModuleNotFoundError: No module named 'nowhere')" in said
    first = engine.run(first)
    assert first.state == "degraded"
    assert (stack_of(first)["green"], stack_of(first)["red"]) == ([], ["test_broken.py", "test_calc.py::test_add"])

    # a change that mends nothing of what was red, and comes with a test of its own
    new = {"mul.py": "def mul(a, b):\n    return a * b\n", "test_mul.py": "from mul import mul\n\n\n"
           "def test_mul():\n    assert mul(2, 3) == 6\n"}  # fmt: skip
    models.will(writes(new))
    change = engine.run(change_start(build=first, user=user, text="Add multiplication."))
    assert change.state == "succeeded", (change.errors, change.degraded)
    assert [r.state for r in evidence_of(change).requirements] == ["met", "met"]

    # the file that could not be collected can be now: what fails in it was not green before
    models.will(
        writes({"nowhere.py": "", "test_nowhere.py": "import nowhere\n\n\ndef test_it():\n    assert nowhere\n"})
    )
    other = engine.run(change_start(build=first, user=user, text="Add nowhere."))
    assert other.state == "succeeded", (other.errors, other.degraded)

    # its own test is red: that is its own
    models.will(writes({"test_red.py": "def test_red():\n    assert 1 == 2\n"}))
    bad = engine.run(change_start(build=first, user=user, text="Add a red test."))
    assert bad.state != "succeeded"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_tests_that_cannot_be_run_at_all_are_said_and_not_blamed(
    engine: Engine, workspace: Workspace, user: User, repo: Repo, models: Scripted
) -> None:
    models.always[JobKind.TEST] = writes({})
    source = source_of_folder(repo({**APP, **DIES}))
    first = engine.run(import_start(workspace=workspace, user=user, source=source))
    assert any("None of its tests could be run when it came" in sentence for sentence in first.degraded)
    assert stack_of(first)["red"] == ["test_calc.py"]
    models.will(writes({"mul.py": "def mul(a, b):\n    return a * b\n"}))
    change = engine.run(change_start(build=first, user=user, text="Add multiplication."))
    assert _blamed(change) == ["Add multiplication"]
    assert any(NOTHING in sentence for sentence in change.warnings), change.warnings


def _blamed(build: Build) -> list[str]:
    return [r.requirement.sentence for r in evidence_of(build).requirements if r.state != "met"]
