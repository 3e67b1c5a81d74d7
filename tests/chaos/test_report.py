"""The report says what the run was, and its last line is the survival figure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from bench.chaos.judges.findings import Broken, Verdict
from bench.chaos.report import BuildEnd, Report

pytestmark = pytest.mark.feature("F3.6", "F3.11")
ENDS = (
    BuildEnd(build="1", sort="probe", state="degraded"),
    BuildEnd(build="2", sort="probe", state="cancelled", steered="cancelled"),
    BuildEnd(build="3", sort="poison", state="failed"),
    BuildEnd(build="4", sort="real", state="failed", why="Make it: out of luck"),
    BuildEnd(build="5", sort="probe", state="cancelled"),
)


def report(*broken: Broken) -> Report:
    return Report(
        seed=3,
        seconds=60,
        rest_s=4,
        faults={"worker.kill9": (3, 2), "redis.flush": (1, 1), "disk.full": (1, 0)},
        ends=ENDS,
        verdicts=[
            Verdict("lost", "Nothing is lost", 5, [one for one in broken if one.judge == "lost"]),
            Verdict("I1", "One writer", 9, [one for one in broken if one.judge == "I1"]),
        ],
        unasked={"worker-1 with 1": 2},
        refused={"chaos-3-1": "no answer"},
    )


def test_a_run_in_which_every_promise_was_kept() -> None:
    assert report().kept
    assert report().line() == (
        "Survived 3 faults of 2 kinds (seed 3): 0 lost, 0 stuck, 0 done twice, 0 false successes; "
        "3 of 5 builds ended as without faults; 1 of 1 invariants held"
    )


def test_a_broken_promise_stands_in_everything(tmp_path: Path) -> None:
    said = report(Broken("lost", "chaos-3-9", "was accepted and is not there"), Broken("I1", "t", "two writers"))
    assert not said.kept
    assert "1 lost" in said.line()
    assert "0 of 1 invariants held" in said.line()
    console = Console(width=120, record=True, quiet=False, file=(tmp_path / "out").open("w"))
    said.show(console)
    text = console.export_text()
    assert "lost: chaos-3-9: was accepted and is not there" in text
    assert "fell: real 4: failed: Make it: out of luck" in text
    assert "ended without a fault of ours: worker-1 with 1, 2 times" in text
    assert "refused: chaos-3-1: no answer" in text
    said.write(tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["kept"] is False
    assert written["faults"]["worker.kill9"] == {"planned": 3, "injected": 2}
    assert [one["well"] for one in written["builds"]] == [True, True, True, False, False]
