"""Repairing by a model: kept where it got better, a failure where it did not, and less of it as a fallback."""

from __future__ import annotations

import pytest

from autodev.blueprints.manifest import Manifest
from autodev.sandbox import Isolation
from projects.checks.context import CheckContext
from projects.checks.python.lint import RUNG as LINT
from projects.checks.python.parse import RUNG as PARSE
from projects.checks.types import FindingData, Rung, RungResult
from projects.models import Check, Evidence, Task
from projects.states import Phase, TaskState
from tests.pipeline.conftest import GOOD
from tests.pipeline.scripted import Waiting, breaks, waiting, writes

__all__ = ["waiting"]
pytestmark = pytest.mark.feature("F3.2", "F3.4")

RED = {"probe/__init__.py": GOOD, "probe/one.py": "value = undefined\n", "probe/two.py": "other = missing\n"}
FIXED = {"probe/one.py": "value = 1\n", "probe/two.py": "other = 2\n"}


@pytest.fixture
def repairing(waiting: Waiting, short_ladder: list[Rung]) -> Waiting:
    """A build whose two files have an error each that no known fix repairs."""
    waiting.made(RED, short_ladder)
    waiting.step("validate")
    waiting.step("refine")
    waiting.between("repair", Phase.REFINE, "refine", "deliver")
    return waiting


def test_what_got_better_is_kept_and_measured(repairing: Waiting) -> None:
    repairing.models.will(writes(FIXED))
    task = repairing.step("repair")
    assert (task.state, task.result["kept"], task.result["green"]) == (TaskState.SUCCEEDED, True, True)
    assert {problem.place for problem in repairing.models.jobs[0].context.problems} == {
        "probe/one.py:1", "probe/two.py:1",
    }  # fmt: skip
    assert repairing.build.last_green == repairing.build.head
    assert Evidence.objects.filter(commit=repairing.build.head, result="passed").count() == Check.objects.count()


def test_what_got_no_better_is_a_failure_and_begins_anew(repairing: Waiting) -> None:
    repairing.models.will(writes({"probe/one.py": "value = unknown\n"}), writes({}), writes(FIXED, provider="b"))
    task = repairing.failed("repair")
    assert (task.error_kind, repairing.build.head) == ("code_error", Task.objects.get(key="implement").head)
    assert "lint: Undefined name `unknown`" in task.last_error
    task = repairing.again(task)
    assert (task.error_kind, task.last_error) == ("empty_answer", "a changed nothing.")
    task = repairing.again(task)
    assert (task.state, task.result["green"]) == (TaskState.SUCCEEDED, True)
    assert [job.key for job in repairing.models.jobs] == ["repair", "repair:2", "repair:3"]


class Settings:
    """A check that wants a file."""

    key, title, position, needs, required = "settings", "Settings", 30, (), True

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: CheckContext) -> RungResult:
        with ctx.workspace() as workspace:
            there = (workspace / "app/local.py").exists()
        findings = () if there else (FindingData(rule="settings", message="There are no settings"),)
        return RungResult(
            key=self.key, status="passed" if there else "failed", findings=findings, level=Isolation.PROCESS
        )


def test_what_a_snapshot_leaves_out_repairs_nothing(waiting: Waiting, short_ladder: list[Rung]) -> None:
    """A file that .gitignore names lies in the workspace and not in the commit, which is what is delivered."""
    short_ladder[:] = [PARSE, Settings()]
    waiting.made({"probe/__init__.py": GOOD, ".gitignore": "local.py\n"}, short_ladder)
    waiting.step("validate")
    waiting.step("refine")
    waiting.between("repair", Phase.REFINE, "refine", "deliver")
    waiting.models.will(writes({"local.py": "", "probe/more.py": "more = 1\n"}))
    assert waiting.failed("repair").last_error == "It got no better: settings: There are no settings"
    assert not waiting.build.last_green


class Locked:
    """A check that wants a package."""

    key, title, position, needs, required = "locked", "Locked", 30, (), True

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: CheckContext) -> RungResult:
        found = () if "base==1.0" in ctx.lock else (FindingData(rule="locked", message="There is no base"),)
        return RungResult(key=self.key, status="failed" if found else "passed", findings=found, level=Isolation.PROCESS)


def test_a_repair_is_measured_with_the_packages_that_it_names(waiting: Waiting, short_ladder: list[Rung]) -> None:
    short_ladder[:] = [PARSE, LINT, Locked()]
    waiting.made({**RED, "requirements.lock": "base==1.0\n"}, short_ladder)
    waiting.step("validate")
    waiting.step("refine")
    waiting.between("repair", Phase.REFINE, "refine", "deliver")
    waiting.models.will(writes({**FIXED, "requirements.lock": "other==1.0\n"}))
    task = waiting.step("repair")
    assert (task.result["kept"], task.result["green"]) == (True, False)
    assert not waiting.build.last_green


def test_a_part_repairs_its_own_files_only(repairing: Waiting) -> None:
    Task.objects.filter(key="repair").update(params={"only": ["probe/two.py"]})
    repairing.models.will(writes({"probe/two.py": FIXED["probe/two.py"]}))
    task = repairing.step("repair")
    assert [problem.place for problem in repairing.models.jobs[0].context.problems] == ["probe/two.py:1"]
    assert (task.result["kept"], task.result["green"]) == (True, False)


def test_the_part_of_a_repair_that_helped_is_kept(repairing: Waiting) -> None:
    repairing.models.will(breaks("output_limit", after={"probe/one.py": FIXED["probe/one.py"]}))
    task = repairing.again(repairing.failed("repair"), percent=80)
    assert (task.state, task.result["kept"], task.result["green"]) == (TaskState.DEGRADED, True, False)
    (said,) = repairing.build.degraded
    assert said.startswith("Repaired in part, as it failed: output_limit. Left: lint: Undefined name `missing`")
    assert Evidence.objects.filter(commit=repairing.build.head).exists()


def test_where_nothing_helped_the_repair_is_left_out_and_what_is_red_named(repairing: Waiting) -> None:
    made = repairing.build.head
    repairing.models.will(breaks("unavailable", outside=True, after={"probe/one.py": "value = (\n"}))
    task = repairing.again(repairing.failed("repair"), percent=80)
    assert (task.state, task.error_kind) == (TaskState.WAITING, "no_fallback")
    task = repairing.again(task, percent=60)
    assert (task.state, repairing.build.head) == (TaskState.DEGRADED, made)
    (said,) = repairing.build.degraded
    assert said.startswith("Not repaired, as Nothing that the attempts before left is better")
    assert said.endswith(": Lint and formatting.")


def test_a_green_head_wants_no_repair(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.made({"probe/__init__.py": GOOD}, short_ladder)
    waiting.step("validate")
    waiting.step("refine")
    waiting.between("repair", Phase.REFINE, "refine", "deliver")
    assert waiting.step("repair").result == {"kept": False}
    assert waiting.models.jobs == []
