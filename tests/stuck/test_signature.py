"""What counts as the same failure, step and state."""

from __future__ import annotations

import pytest

from projects.checks.types import FindingData, LadderReport, RungResult
from providers.stuck import checks_of, diff_hash, failure_signature, step_hash

pytestmark = pytest.mark.feature("F1.7")
REQUIRED = frozenset({"lint", "tests"})


def report(*rungs: RungResult) -> LadderReport:
    return LadderReport(rungs=rungs, required=REQUIRED)


def finding(message: str, line: int = 1) -> FindingData:
    return FindingData(rule="F401", message=message, file="app.py", line=line)


def test_changing_parts_do_not_make_another_failure() -> None:
    one = "E assert 3 == 4 in 0.12s at 2026-01-02 10:11:12 /tmp/pytest-7/x.py id 9f1c2d3e-0000-4000-8000-1234567890ab"
    other = "E assert 5 == 4 in 1.7s at 2026-03-04 11:12:13 /tmp/pytest-9/x.py id 0f1c2d3e-0000-4000-8000-1234567890ab"
    assert failure_signature([one, "b"]) == failure_signature(["b", other])
    assert failure_signature([one]) != failure_signature(["E assert not found"])


def test_a_report_in_terms_of_progress() -> None:
    red = checks_of(
        report(
            RungResult(key="lint", status="passed"),
            RungResult(key="tests", status="failed", findings=(finding("a"), finding("b"))),
        )
    )
    assert (red.green, red.errors, red.ok) == (frozenset({"lint"}), 2, False)
    assert red.first == "tests app.py F401: a"


def test_the_line_of_a_finding_does_not_tell_it_apart_but_its_message_does() -> None:
    def failing(*findings: FindingData) -> str:
        return checks_of(report(RungResult(key="tests", status="failed", findings=findings))).failure

    assert failing(finding("unused x", 1)) == failing(finding("unused x", 7))
    assert failing(finding("unused x")) != failing(finding("undefined name"))


def test_a_rung_without_findings_is_told_by_its_last_words() -> None:
    def failing(excerpt: str) -> str:
        return checks_of(report(RungResult(key="tests", status="failed", excerpt=excerpt))).failure

    assert failing("collected 3\nE  KeyError: total\n1 failed in 0.3s") == failing(
        "collected 3\nE  KeyError: total\n1 failed in 2.9s"
    )
    assert failing("E  KeyError: total") != failing("E  TypeError: none")


def test_a_green_report_has_no_failure_and_one_in_which_nothing_ran_has() -> None:
    green = checks_of(report(RungResult(key="lint", status="passed"), RungResult(key="tests", status="passed")))
    assert green.ok
    nothing = checks_of(report(RungResult(key="lint", status="not_run"), RungResult(key="tests", status="not_run")))
    assert not nothing.ok
    assert nothing.first == "nothing passed"


def test_steps_and_states() -> None:
    call = ("run_command", '{"argv": ["pytest"]}', "exit code 1\n1 failed in 0.1s")
    assert step_hash([call]) == step_hash([(*call[:2], "exit code 1\n1 failed in 7.9s")])
    assert step_hash([call]) != step_hash([(*call[:2], "exit code 0\npassed")])
    assert step_hash([]) == ""
    assert diff_hash("a") == diff_hash(b"a") != diff_hash("b")
