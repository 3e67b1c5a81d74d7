"""Refinement: with the real ladder on broken samples, and its decisions with a scripted one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from projects.checks.types import FindingData, LadderReport, RungResult
from projects.fixes.refine import refine
from projects.fixes.types import Files, Fix
from tests.checks import sample
from tests.checks.sample import changed
from tests.fixes.conftest import Workshop

pytestmark = pytest.mark.feature("F1.12")


def test_a_project_with_many_slips_becomes_green(workshop: Workshop) -> None:
    store = sample.FILES["counter/store.py"]
    store = store.replace("import os\nfrom pathlib import Path\n", "import json\nimport os\n")
    store = store.replace("def add(step: int) -> int:", "def add(step: int) -> int")
    store += "\n\ndef reset():\n    path().write_text('0')\n"
    more = "from counter import store\n\n\ndef test_reset() -> None:\n    store.reset()\n    assert store.read() == 0\n"
    sample.write(workshop.root, {"counter/store.py": store, "tests/test_reset.py": more})
    result = workshop.refine()
    assert result.report.ok, [(r.key, r.findings) for r in result.report.rungs if r.status == "failed"]
    kept = [fix.fixer for fix in result.kept]
    assert kept[:2] == ["syntax-trifles", "missing-import"]
    assert {"ruff-fixes", "annotations", "formatting"} <= set(kept)
    text = (workshop.root / "counter/store.py").read_text()
    assert "import json" not in text
    assert 'def reset() -> None:\n    path().write_text("0")\n' in text


def test_a_missing_package_is_added_and_resolved(workshop: Workshop) -> None:
    workshop.only = {"tests", "types"}
    changes = changed("counter/store.py", "import os\n", "import os\n\nimport tabulate as _tabulate\n")
    sample.write(workshop.root, changes)
    result = workshop.refine()
    assert [fix.requirements for fix in result.kept] == [("tabulate",)]
    assert "tabulate==" in workshop.lock
    tests = result.report.rung("tests")
    assert tests is not None
    assert tests.status == "passed"


def test_what_no_pattern_knows_stays_as_it_was(workshop: Workshop) -> None:
    workshop.only = {"tests"}
    sample.write(workshop.root, changed("counter/store.py", "if step < 1:", "if step < 0:"))
    before = {p: p.read_bytes() for p in workshop.root.rglob("*.py")}
    result = workshop.refine()
    assert not result.report.ok
    assert result.tried == ()
    assert workshop.ladders == 1
    assert {p: p.read_bytes() for p in workshop.root.rglob("*.py")} == before


class Scripted:
    """A fixer that writes `text` to a.txt when asked, again and again."""

    key = "scripted"
    position = 1

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        return Fix(fixer=self.key, title=self.texts[0], edits={"a.txt": self.texts.pop(0)}) if self.texts else None


def graded(errors: int) -> LadderReport:
    findings = tuple(FindingData(rule="r", message="m") for _ in range(errors))
    result = RungResult(key="k", status="failed" if errors else "passed", findings=findings)
    return LadderReport(rungs=(result,), required=frozenset({"k"}))


class Bench:
    """A project of one file whose number of errors is its length."""

    def __init__(self, root: Path) -> None:
        self.root, self.file, self.kept = root, root / "a.txt", dict[str, str]()
        self.file.write_text("xxxx")

    def measure(self) -> LadderReport:
        return graded(len(self.file.read_text()))

    def snapshot(self, title: str) -> str:
        self.kept[title] = self.file.read_text()
        return title

    def restore(self, name: str) -> None:
        self.file.write_text(self.kept[name])

    def apply(self, fix: Fix) -> bool:
        same = self.file.read_text() == fix.edits["a.txt"]
        self.file.write_text(fix.edits["a.txt"])
        return not same

    def refine(self, fixer: Scripted, *, max_rounds: int = 9, apply: Callable[[Fix], bool] | None = None) -> list[str]:
        result = refine(
            root=self.root, run_ladder=self.measure, snapshot=self.snapshot, restore=self.restore,
            apply=apply or self.apply, fixers=[fixer], max_rounds=max_rounds,
        )  # fmt: skip
        self.result = result
        return [t.outcome for t in result.tried]


def test_what_is_not_better_is_rolled_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.refine(Scripted("xxxxx", "y")) == ["rolled_back"]
    assert bench.file.read_text() == "xxxx"


def test_an_equal_score_is_not_better(tmp_path: Path) -> None:
    assert Bench(tmp_path).refine(Scripted("yyyy")) == ["rolled_back"]


def test_it_ends_as_soon_as_all_is_green(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.refine(Scripted("xx", "", "x")) == ["kept", "kept"]
    assert bench.result.report.ok
    assert bench.result.head == ""


def test_the_same_change_twice_is_refused(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.refine(Scripted("xx", "xx")) == ["kept", "refused"]


def test_rounds_are_bounded(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.refine(Scripted("xxx", "xx", "x"), max_rounds=2) == ["kept", "kept"]
    assert bench.result.rounds == 2


def test_a_fix_that_changes_nothing_costs_no_ladder(tmp_path: Path) -> None:
    assert Bench(tmp_path).refine(Scripted("xxxx")) == ["no_change"]


def test_a_fix_that_breaks_is_undone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    def half(fix: Fix) -> bool:
        bench.file.write_text("half")
        raise OSError("full")

    assert bench.refine(Scripted("x"), apply=half) == ["error"]
    assert bench.file.read_text() == "xxxx"
    assert bench.result.tried[0].detail == "OSError: full"


def test_files_are_back_when_the_ladder_is_cut_off(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    def cut_off() -> LadderReport:
        if bench.file.read_text() != "xxxx":
            raise KeyboardInterrupt
        return bench.measure()

    with pytest.raises(KeyboardInterrupt):
        refine(
            root=tmp_path, run_ladder=cut_off, snapshot=bench.snapshot, restore=bench.restore,
            apply=bench.apply, fixers=[Scripted("x")],
        )  # fmt: skip
    assert bench.file.read_text() == "xxxx"
