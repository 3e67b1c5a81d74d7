"""A model's repair is learned from, tried in the next build, counted, and switched off where it does not help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autodev.events.models import Event
from autodev.lib import db, failpoints
from projects.checks.types import Rung
from projects.engine.context import TaskContext
from projects.models import Build, Finding, LearnedFix, Step, Task
from projects.pipeline import learned
from projects.states import Phase, TaskState
from tests.factories.projects import BuildFactory
from tests.pipeline.conftest import GOOD, SPEC, Pipeline, pipeline, short_ladder
from tests.pipeline.scripted import Waiting, waiting, writes

__all__ = ["pipeline", "short_ladder", "waiting"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.12", "F1.7")]
RED = {"probe/__init__.py": GOOD, "probe/one.py": '"""One."""\n\nvalue = undefined\n'}
ELSEWHERE = {"probe/__init__.py": GOOD, "probe/deep/two.py": '"""One."""\n\nvalue = undefined\n'}
REPAIRED = {"probe/one.py": '"""One."""\n\nvalue = 1\n'}


def repaired(waiting: Waiting, short_ladder: list[Rung], files: dict[str, str] = REPAIRED) -> Build:
    """A build whose error a model repaired."""
    waiting.made(RED, short_ladder)
    waiting.step("validate")
    waiting.step("refine")
    waiting.between("repair", Phase.REFINE, "refine", "deliver")
    waiting.models.will(writes(files, provider="gpt"))
    task = waiting.step("repair")
    assert task.state == TaskState.SUCCEEDED, task.last_error
    return waiting.build


class Next(Pipeline):
    """Another build of the workspace."""

    def __init__(self, folder: Path, first: Build) -> None:
        super().__init__(folder)
        self.build = BuildFactory.create(
            project__workspace=first.workspace, state="running", spec=SPEC.model_dump(mode="json"),
            started_at=first.started_at,
        )  # fmt: skip
        from projects.repository.repository import repository_of

        self.repository = repository_of(self.build.project_id)


def refined(first: Build, folder: Path, rungs: list[Rung], files: dict[str, str]) -> Task:
    """The refinement of a later build with these files."""
    folder.mkdir()
    later = Next(folder, first)
    later.made(files, rungs)
    later.step("validate")
    return later.step("refine")


def tried_of(task: Task) -> list[tuple[str, str]]:
    """(learned fix, outcome) of what the refinement tried of it."""
    return [
        (one["fix"].removeprefix("learned:"), one["outcome"])
        for one in task.result["tried"]
        if one["fix"].startswith("learned:")
    ]


def row() -> LearnedFix:
    return LearnedFix.objects.get()


def test_a_kept_repair_is_learned(waiting: Waiting, short_ladder: list[Rung]) -> None:
    build = repaired(waiting, short_ladder)
    fix = row()
    assert (fix.check_key, fix.rule, fix.provider, fix.evidence) == ("lint", "F821", "gpt", build)
    assert fix.workspace == build.workspace
    assert fix.edits == [{
        "path": "probe/one.py", "before": "\nvalue = undefined\n", "after": "\nvalue = 1\n", "own": True,
    }]  # fmt: skip
    assert (fix.uses, fix.successes, fix.enabled) == (0, 0, True)
    assert Task.objects.get(build=build, key="repair").result["learned"] == 1


def test_an_extension_that_made_it_better_is_learned_from(waiting: Waiting, short_ladder: list[Rung]) -> None:
    red = {**RED, "probe/two.py": '"""Two."""\n\nother = missing\n'}
    waiting.extending(short_ladder, files=red)
    waiting.models.will(writes(REPAIRED, provider="gpt"))
    task = waiting.step("extend")
    assert task.result["kept"], task.last_error
    assert (row().rule, row().provider, row().evidence) == ("F821", "gpt", waiting.build)


def test_the_next_build_is_repaired_by_it_without_a_model(
    waiting: Waiting, short_ladder: list[Rung], tmp_path: Path
) -> None:
    first = repaired(waiting, short_ladder)
    task = refined(first, tmp_path / "later", short_ladder, ELSEWHERE)
    assert task.result["green"]
    assert tried_of(task) == [(str(row().pk), "kept")]
    assert (row().uses, row().successes, row().failures_in_a_row) == (1, 1, 0)
    assert row().used_at is not None
    assert Finding.objects.filter(fixed_by=f"learned:{row().pk}").exists()
    assert Step.objects.filter(task=task, key__startswith="learned:").count() == 1
    build = Build.objects.get(pk=task.build_id)
    assert build.last_green == build.head


def test_one_that_does_not_fit_is_not_a_use(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    first = repaired(waiting, short_ladder)
    other = {"probe/__init__.py": GOOD, "probe/one.py": '"""One."""\n\nother = undefined\n'}
    assert tried_of(refined(first, tmp_path / "later", short_ladder, other)) == []
    assert row().uses == 0


def test_two_failures_in_a_row_switch_it_off(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    first = repaired(waiting, short_ladder)
    LearnedFix.objects.update(
        edits=[{"path": "probe/one.py", "before": "undefined\n", "after": "unknown\n", "own": True}]
    )
    for n in (1, 2):
        task = refined(first, tmp_path / f"later{n}", short_ladder, RED)
        assert tried_of(task) == [(str(row().pk), "rolled_back")]
        assert (row().uses, row().successes, row().failures_in_a_row, row().enabled) == (n, 0, n, n < 2)
    event = Event.objects.get(type="knowledge.switched_off")
    assert event.workspace_id == first.workspace_id
    assert tried_of(refined(first, tmp_path / "last", short_ladder, RED)) == []


def test_another_workspace_does_not_try_it(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    repaired(waiting, short_ladder)
    stranger = BuildFactory.create(started_at=waiting.build.started_at)
    assert tried_of(refined(stranger, tmp_path / "theirs", short_ladder, RED)) == []


def test_the_best_comes_first_and_few_are_tried(waiting: Waiting, short_ladder: list[Rung], tmp_path: Path) -> None:
    first = repaired(waiting, short_ladder)
    good = row()
    LearnedFix.objects.filter(pk=good.pk).update(uses=4, successes=4)
    bad = [{"path": "probe/one.py", "before": "undefined\n", "after": "unknown\n", "own": True}]
    same = {"workspace": first.workspace, "signature": good.signature, "check_key": "lint", "edits": bad}
    LearnedFix.objects.create(**same, digest="b" * 64, uses=4, successes=1)
    LearnedFix.objects.create(**same, digest="c" * 64)
    task = refined(first, tmp_path / "later", short_ladder, RED)
    assert tried_of(task) == [(str(good.pk), "kept")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["write.before_commit=raise@1", "write.after_commit=raise@1"])
def test_a_use_counts_once_around_a_broken_commit(
    waiting: Waiting, short_ladder: list[Rung], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_pause", lambda _: None)
    repaired(waiting, short_ladder)
    ctx = another(waiting)
    tried = kept(row())
    assert ctx.workspace.base
    failpoints.set_faults(fault)
    learned.count(ctx, tried)
    failpoints.set_faults("")
    learned.count(ctx, tried)
    ctx.close()
    assert (row().uses, row().successes) == (1, 1)


def another(waiting: Waiting) -> TaskContext:
    """Another task of the build, held."""
    waiting.task("again", Phase.REFINE, state=TaskState.READY)
    return waiting.context()


def kept(fix: LearnedFix) -> Any:
    from projects.fixes.refine import Tried
    from projects.fixes.types import Fix

    return Tried(fix=Fix(fixer=f"learned:{fix.pk}", title="x"), outcome="kept")


def test_the_same_repair_is_learned_once(waiting: Waiting, short_ladder: list[Rung]) -> None:
    build = repaired(waiting, short_ladder)
    ctx = another(waiting)
    ctx.workspace.base = Task.objects.get(build=build, key="implement").head
    ctx.workspace.head = build.head
    gone = learned.gone_since(
        [["lint", {"rule": "F821", "message": "Undefined name `undefined`", "severity": "error",
                   "file": "probe/one.py", "line": 3, "column": 1, "hint": ""}]],
        green(),
    )  # fmt: skip
    assert len(gone) == 1
    assert learned.learn(ctx, gone, provider="other") == 0
    assert LearnedFix.objects.count() == 1
    assert learned.learn(ctx, gone, provider="other") == 0
    ctx.close()


def green() -> Any:
    from projects.checks.types import LadderReport, RungResult

    return LadderReport(rungs=(RungResult(key="lint", status="passed"),), required=frozenset({"lint"}))


def test_a_secret_is_not_learned(waiting: Waiting, short_ladder: list[Rung]) -> None:
    repaired(waiting, short_ladder, {"probe/one.py": '"""One."""\n\nvalue = "sk-live-0123456789abcdef"\n'})
    assert not LearnedFix.objects.exists()
