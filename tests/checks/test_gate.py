"""The gate's verdict: a table of cases, and a search for a way to succeed with a piece missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodev.sandbox import Isolation
from projects.checks.gate import FATAL_RUNGS, GateCheck, GateEvidence, GateRequirement, Verdict, decide

pytestmark = pytest.mark.feature("F1.18")
HEAD = "c" * 40
REQUIREMENTS = [
    GateRequirement(key="r1", sentence="Users add todos."),
    GateRequirement(key="r2", sentence="A todo has a date."),
]
CHECKS = [
    GateCheck(key="tests", title="Tests"),
    GateCheck(key="lint", title="Lint"),
    GateCheck(key="dependencies", title="Vulnerabilities", required=False),
    GateCheck(key="a1", title="adds a todo", requirement="r1", digest="d1"),
    GateCheck(key="a2", title="keeps the date", requirement="r2", digest="d2"),
]


def passed(check: GateCheck, **changes: Any) -> GateEvidence:
    evidence = GateEvidence(check=check.key, commit=HEAD, result="passed", level=Isolation.PROCESS, digest=check.digest)
    return replace(evidence, **changes)


EVIDENCE = [passed(c) for c in CHECKS]


def with_changed(key: str, **changes: Any) -> list[GateEvidence]:
    return [replace(e, **changes) if e.check == key else e for e in EVIDENCE]


def judge(evidence: list[GateEvidence], **changes: Any) -> Verdict:
    arguments: dict[str, Any] = {"requirements": REQUIREMENTS, "checks": CHECKS, "head": HEAD} | changes
    return decide(arguments["requirements"], arguments["checks"], evidence, head=arguments["head"])


def test_all_green_at_the_head_succeeds() -> None:
    assert judge(EVIDENCE) == Verdict(outcome="succeeded")


@pytest.mark.parametrize(
    ("key", "change", "outcome", "words"),
    [
        ("tests", {"result": "failed"}, "failed", "Tests: failed"),
        ("tests", {"result": "not_run", "reason": "no sandbox"}, "degraded", "Tests: not run (no sandbox)"),
        ("tests", {"commit": "b" * 40}, "degraded", "Tests: no evidence at this commit"),
        ("tests", {"level": Isolation.NONE}, "degraded", "Tests: ran at isolation NONE, below DEGRADED"),
        ("lint", {"result": "failed"}, "degraded", "Lint: failed"),
        ("a2", {"result": "failed", "reason": "5"}, "degraded", '"A todo has a date.": keeps the date: failed (5)'),
        ("a2", {"result": "not_run"}, "degraded", '"A todo has a date.": keeps the date: not run'),
        ("a2", {"commit": "b" * 40}, "degraded", '"A todo has a date.": keeps the date: no evidence at this commit'),
        (
            "a2", {"digest": "other"}, "degraded",
            '"A todo has a date.": keeps the date: the check that was run is not the one that was agreed',
        ),
    ],
)  # fmt: skip
def test_one_thing_missing(key: str, change: dict[str, Any], outcome: str, words: str) -> None:
    verdict = judge(with_changed(key, **change))
    assert (verdict.outcome, verdict.degraded, verdict.missing) == (outcome, (words,), (key,))


def test_an_optional_rung_that_did_not_run_only_warns() -> None:
    verdict = judge(with_changed("dependencies", result="not_run", reason="no answer"))
    assert (verdict.outcome, verdict.degraded) == ("succeeded", ())
    assert verdict.warnings == ("Vulnerabilities: not run (no answer)",)


def test_an_optional_rung_that_is_red_degrades() -> None:
    verdict = judge(with_changed("dependencies", result="failed", reason="CVE-1"))
    assert (verdict.outcome, verdict.missing) == ("degraded", ("dependencies",))
    assert verdict.degraded == ("Vulnerabilities: failed (CVE-1)",)
    assert verdict.warnings == ()


@pytest.mark.parametrize("key", ["lint", "tests"])
def test_what_is_advisory_warns_also_where_it_is_red(key: str) -> None:
    checks = [replace(c, required=False, advisory=True) if c.key == key else c for c in CHECKS]
    verdict = judge(with_changed(key, result="failed"), checks=checks)
    assert (verdict.outcome, len(verdict.warnings)) == ("succeeded", 1)


def test_an_optional_rung_is_never_fatal() -> None:
    checks = [replace(c, required=False) if c.key == "tests" else c for c in CHECKS]
    assert judge(with_changed("tests", result="failed"), checks=checks).outcome == "degraded"


@pytest.mark.parametrize("key", sorted(FATAL_RUNGS))
def test_what_does_not_work_at_all_has_failed(key: str) -> None:
    rung = GateCheck(key=key, title=key)
    verdict = decide([], [rung], [passed(rung, result="failed")], head=HEAD)
    assert verdict.outcome == "failed"


def test_a_failure_of_another_commit_or_check_is_not_fatal() -> None:
    assert judge(with_changed("tests", result="failed", commit="b" * 40)).outcome == "degraded"
    assert judge(with_changed("tests", result="failed", digest="other")).outcome == "degraded"


def test_the_newest_result_at_the_head_counts() -> None:
    tests = CHECKS[0]
    assert judge([passed(tests, result="failed"), *EVIDENCE]).outcome == "succeeded"
    assert judge([*EVIDENCE, passed(tests, result="failed")]).outcome == "failed"
    assert judge([*EVIDENCE, passed(tests, result="failed", commit="b" * 40)]).outcome == "succeeded"


def test_a_sentence_that_was_not_understood_is_named() -> None:
    unclear = GateRequirement(key="r3", sentence="It should feel alive.", understood=False, note="no rule for it")
    verdict = judge(EVIDENCE, requirements=[*REQUIREMENTS, unclear])
    assert verdict.outcome == "degraded"
    assert verdict.degraded == ('"It should feel alive.": not understood (no rule for it)',)
    assert verdict.missing == ("r3",)


def test_not_understood_counts_even_with_a_green_check() -> None:
    unclear = replace(REQUIREMENTS[0], understood=False)
    assert judge(EVIDENCE, requirements=[unclear, REQUIREMENTS[1]]).outcome == "degraded"


def test_a_requirement_without_a_check_is_not_met() -> None:
    verdict = judge(EVIDENCE, checks=CHECKS[:-1])
    assert verdict.degraded == ('"A todo has a date.": nothing checks it',)


def test_a_check_without_its_requirement_is_seen() -> None:
    verdict = judge(EVIDENCE, requirements=REQUIREMENTS[:1])
    assert verdict.degraded == ("keeps the date: its requirement r2 is not recorded",)


@pytest.mark.parametrize(
    "changes", [{"requirements": []}, {"checks": CHECKS[3:]}, {"checks": [CHECKS[2], *CHECKS[3:]]}, {"head": ""}]
)
def test_nothing_asked_or_measured_is_no_success(changes: dict[str, Any]) -> None:
    assert judge(EVIDENCE, **changes).outcome == "degraded"


def test_a_level_below_the_wanted_one_does_not_count() -> None:
    weak = [replace(e, level=Isolation.DEGRADED) for e in EVIDENCE]
    assert decide(REQUIREMENTS, CHECKS, weak, head=HEAD).outcome == "succeeded"
    verdict = decide(REQUIREMENTS, CHECKS, weak, head=HEAD, min_level=Isolation.PROCESS)
    assert verdict.outcome == "degraded"
    assert set(verdict.missing) == {"tests", "lint", "a1", "a2"}
    none = with_changed("a1", level=Isolation.NONE)
    assert decide(REQUIREMENTS, CHECKS, none, head=HEAD, min_level=Isolation.NONE).missing == ("a1",)


keys = st.sampled_from(["parse", "tests", "lint", "types", "a1", "a2", "a3"])
requirements = st.lists(
    st.builds(GateRequirement, key=st.sampled_from(["r1", "r2"]), sentence=st.just("s"), understood=st.booleans()),
    max_size=3, unique_by=lambda r: r.key,
)  # fmt: skip
checks = st.lists(
    st.builds(
        GateCheck, key=keys, title=st.just("t"), requirement=st.sampled_from([None, "r1", "r2", "r3"]),
        required=st.booleans(), digest=st.sampled_from(["", "d"]),
    ),
    max_size=6, unique_by=lambda c: c.key,
)  # fmt: skip
evidence_rows = st.lists(
    st.builds(
        GateEvidence, check=keys, commit=st.sampled_from([HEAD, HEAD, "b" * 40]),
        result=st.sampled_from(["passed", "passed", "passed", "failed", "not_run"]),
        level=st.sampled_from(list(Isolation)),
        digest=st.sampled_from(["", "d"]),
    ),
    max_size=10,
)  # fmt: skip


@st.composite
def nearly_green(draw: st.DrawFn) -> tuple[list[GateRequirement], list[GateCheck], list[GateEvidence]]:
    """Mostly complete cases, so that success is reached often enough to be tested."""
    asked, planned = draw(requirements), draw(checks)
    rows = [passed(c) for c in planned if draw(st.integers(0, 9)) > 0]
    return asked, planned, rows + draw(evidence_rows.filter(lambda r: len(r) < 3))


cases = st.one_of(st.tuples(requirements, checks, evidence_rows), nearly_green())


@given(case=cases, head=st.sampled_from([HEAD, HEAD, ""]), min_level=st.sampled_from(list(Isolation)))
def test_success_has_every_piece(
    case: tuple[list[GateRequirement], list[GateCheck], list[GateEvidence]], head: str, min_level: Isolation
) -> None:
    asked, planned, rows = case
    verdict = decide(asked, planned, rows, head=head, min_level=min_level)
    assert (verdict.outcome == "succeeded") == (not verdict.missing) == (not verdict.degraded)
    if verdict.outcome != "succeeded":
        return

    def green(check: GateCheck) -> bool:
        at_head = [e for e in rows if e.check == check.key and e.commit == head]
        last = at_head[-1] if at_head else None
        return (
            last is not None and last.result == "passed" and last.digest == check.digest
            and last.level >= min_level and last.level > Isolation.NONE
        )  # fmt: skip

    assert head == HEAD
    assert asked
    assert all(r.understood for r in asked)
    assert {r.key for r in asked} <= {c.requirement for c in planned}
    assert any(c.required and c.requirement is None for c in planned)
    assert all(green(c) for c in planned if c.required or c.requirement is not None)


@given(case=cases, gone=st.integers(0, 5))
def test_taking_evidence_away_never_helps(
    case: tuple[list[GateRequirement], list[GateCheck], list[GateEvidence]], gone: int
) -> None:
    asked, planned, rows = case
    if not planned:
        return
    key = planned[gone % len(planned)].key
    fewer = decide(asked, planned, [e for e in rows if e.check != key], head=HEAD)
    if fewer.outcome == "succeeded":
        victim = planned[gone % len(planned)]
        assert victim.requirement is None
        assert not victim.required
