"""What follows from which failure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from providers.failures.kinds import FailureKind as K
from recovery.choice import is_immediate
from recovery.situation import Learned
from recovery.states import RequestReason, Source, Strategy
from tests.recovery.choice.cases import BASE_S, NOW, PATIENCE_S, THRESHOLD, decide, past, situation, taken

pytestmark = pytest.mark.feature("F3.2")
AGENT, DELAY = Strategy.RETRY_WITH_DIFFERENT_AGENT, Strategy.RETRY_WITH_DELAY
APPROACH, CONTEXT = Strategy.ALTERNATIVE_APPROACH, Strategy.CONTEXT_RECONSTRUCTION
PARTS, SKIP = Strategy.DECOMPOSE_INTO_SUBTASKS, Strategy.SKIP_WITH_FALLBACK
ASK, GIVE_UP = Strategy.ASK_A_PERSON, Strategy.GIVE_UP
ALONE: dict[str, Any] = {"providers": ("a",)}
FALLBACKS: dict[str, Any] = {"fallbacks": (80, 60)}

FIRST = [
    (K.TIMEOUT, {}, AGENT), (K.TIMEOUT, ALONE, DELAY), (K.CONNECTION, ALONE, DELAY),
    (K.RATE_LIMIT, {"outside": True}, AGENT), (K.RATE_LIMIT, {"outside": True, **ALONE}, DELAY),
    (K.QUOTA, {"outside": True, **ALONE}, DELAY), (K.UNAVAILABLE, {"outside": True, **ALONE, **FALLBACKS}, DELAY),
    (K.AUTHENTICATION, {}, AGENT), (K.AUTHENTICATION, ALONE, ASK), (K.AUTHENTICATION, ALONE | FALLBACKS, SKIP),
    (K.AUTHENTICATION, {"outside": True, **ALONE}, ASK),
    (K.AUTHENTICATION, {"provider": "", "approaches": ("x",)}, ASK),
    (K.AUTHENTICATION, ALONE | {"approaches": ("x",)}, APPROACH), (K.CONTENT_POLICY, {}, AGENT),
    (K.PERMISSION, ALONE | {"critical": False}, GIVE_UP), (K.MODEL_NOT_FOUND, {}, AGENT),
    (K.CONTEXT_WINDOW, {}, CONTEXT),
    (K.OUTPUT_LIMIT, {"parts": 3, **ALONE}, PARTS),
    (K.OUTPUT_LIMIT, {}, AGENT),
    (K.MALFORMED_ANSWER, {"approaches": ("x",)}, AGENT), (K.EMPTY_ANSWER, {"approaches": ("x",), **ALONE}, APPROACH),
    (K.TRUNCATED_STREAM, {}, AGENT), (K.FRAMEWORK_ERROR, {}, AGENT), ("tool", {}, AGENT),
    ("no_progress", {}, CONTEXT), ("merge_conflict", {"approaches": ("x",)}, CONTEXT), ("merge_contention", {}, DELAY),
    (K.SANDBOX_ERROR, {}, CONTEXT), ("missing_dependency", {}, CONTEXT), ("context_lost", {}, CONTEXT),
    (K.BUDGET, {}, ASK), (K.BUDGET, FALLBACKS, SKIP), (K.BUDGET, {"critical": False}, GIVE_UP),
    (K.CANCELLED, FALLBACKS, GIVE_UP), ("no_handler", {}, GIVE_UP), ("invalid_input", FALLBACKS, GIVE_UP),
    ("data_corruption", FALLBACKS, ASK), ("worker_lost", {"crashes": 1}, DELAY), ("worker_lost", {"crashes": 3}, ASK),
    ("no_alternative", {"approaches": ("x",), **FALLBACKS}, APPROACH), ("no_alternative", FALLBACKS, SKIP),
    ("no_alternative", {}, ASK), ("work", {"left_s": 0.0, **FALLBACKS}, GIVE_UP),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "expected"), FIRST)
def test_the_first_answer_to_a_failure(kind: str, given: dict[str, Any], expected: Strategy) -> None:
    assert {taken(situation(str(kind), **given), seed=seed) for seed in range(20)} == {expected}


@pytest.mark.parametrize(("kind", "other"), [(K.CONTEXT_WINDOW, CONTEXT), (K.OUTPUT_LIMIT, AGENT)])
def test_what_is_too_large_is_divided_or_what_was_learned(kind: str, other: Strategy) -> None:
    assert {taken(situation(str(kind), parts=3), seed=seed) for seed in range(40)} == {PARTS, other}


def test_who_failed_is_left_out() -> None:
    found = situation(K.RATE_LIMIT, outside=True, avoid=("c",), providers=("a", "b", "c"))
    assert decide(found).chosen.params == {"avoid": ["a", "c"], "failed": "a"}
    verdict = decide(situation(K.RATE_LIMIT, outside=True, avoid=("b", "c"), providers=("a", "b", "c")))
    assert verdict.chosen.strategy == DELAY
    reasons = {one.strategy: one.why_not for one in verdict.alternatives}
    assert reasons[AGENT] == "No other provider can be asked now."
    assert reasons[PARTS] == "The work cannot be divided further."


def test_after_a_wait_who_was_only_away_is_asked_again() -> None:
    tried = (
        past(AGENT, kind=K.AUTHENTICATION, avoid=["a"], failed="a"),
        past(AGENT, kind=K.RATE_LIMIT, avoid=["a", "b"], failed="b"),
    )
    found = situation(
        K.UNAVAILABLE, outside=True, provider="c", providers=("a", "b", "c"), avoid=("a", "b", "c"), history=tried
    )
    chosen = decide(found).chosen
    assert (chosen.strategy, chosen.params["avoid"]) == (DELAY, ["a"])


@pytest.mark.parametrize("kind", [K.AUTHENTICATION, K.CONTENT_POLICY])
def test_begun_anew_after_a_refusal_is_with_somebody_else(kind: K) -> None:
    tried = past(AGENT, avoid=["a"], kind=kind)
    found = situation(kind, history=(tried,), parts=3)
    for seed in range(20):
        assert decide(found, seed=seed).chosen.params["avoid"] == ["a"]
    refused = {one.strategy: one.why_not for one in decide(situation(kind, **ALONE)).alternatives}
    assert refused[CONTEXT].startswith("a would be asked again")
    assert refused[DELAY].startswith("Waiting does not change it")


def test_a_wrong_request_is_not_sent_again() -> None:
    reasons = {one.strategy: one.why_not for one in decide(situation(K.BAD_REQUEST, approaches=("x",))).alternatives}
    assert "wrong" in reasons[AGENT]
    assert "wrong" in reasons[DELAY]


def test_unknown_work_and_unknown_providers() -> None:
    by_nobody = situation("code", provider="", by_provider=False, **ALONE)
    assert _why_not(by_nobody, AGENT) == "No provider does this work."
    assert _why_not(situation("code", provider=""), AGENT) == "It is not known which provider failed."
    assert _why_not(situation(K.CONTEXT_WINDOW, parts=3, depth=2), PARTS) == "It was divided 2 times already."


def _why_not(found: Any, strategy: Strategy) -> str:
    return next(one.why_not for one in decide(found).alternatives if one.strategy == strategy)


@pytest.mark.feature("F3.4")
def test_patience_ends_in_a_fallback() -> None:
    waits = tuple(past(DELAY, delay_s=100.0) for _ in range(3))
    found = situation(K.UNAVAILABLE, outside=True, waits=4, history=waits, **ALONE, **FALLBACKS)
    assert decide(found).chosen.params == {"percent": 80}
    assert decide(found, patience_s=900.0).chosen.strategy == DELAY
    assert decide(situation(K.UNAVAILABLE, outside=True, **ALONE, **FALLBACKS), patience_s=0.0).rung == 4
    assert decide(situation(K.UNAVAILABLE, outside=True, waits=4, history=waits, **ALONE)).chosen.strategy == DELAY


def test_a_wait_that_is_too_long_to_be_worth_it() -> None:
    tomorrow = NOW + dt.timedelta(days=1)
    with_fallback = situation(K.QUOTA, outside=True, retry_at=tomorrow, **ALONE, **FALLBACKS)
    assert decide(with_fallback).chosen.strategy == SKIP
    assert decide(situation(K.QUOTA, outside=True, retry_at=tomorrow, **ALONE)).chosen.params["delay_s"] >= 86_400
    assert taken(situation(K.QUOTA, outside=True, retry_at=tomorrow, left_s=3600.0, **ALONE)) == ASK


@pytest.mark.feature("F3.4")
def test_all_attempts_spent() -> None:
    spent: dict[str, Any] = {"attempts": 5, "approaches": ("x",), "parts": 3}
    first = decide(situation(**spent, **FALLBACKS))
    assert (first.chosen.params, first.rung) == ({"percent": 80}, 4)
    second = decide(situation(**spent, **FALLBACKS, history=(past(SKIP, percent=80),)))
    assert (second.chosen.params, second.rung) == ({"percent": 60}, 5)
    tried = (past(SKIP, percent=80), past(SKIP, percent=60))
    last = decide(situation(**spent, **FALLBACKS, history=tried))
    assert (last.chosen.strategy, last.request) == (ASK, RequestReason.LOGIC_ERROR)


@pytest.mark.feature("F3.4")
def test_a_fallback_that_failed_is_not_climbed_back_from() -> None:
    found = situation(attempts=2, approaches=("x",), history=(past(SKIP, percent=80),), **FALLBACKS)
    assert decide(found).chosen.params == {"percent": 60}


@pytest.mark.feature("F3.4")
@pytest.mark.parametrize(
    ("kind", "critical", "why"),
    [("work", True, RequestReason.LOGIC_ERROR), ("code", False, RequestReason.LOGIC_ERROR),
     (K.TIMEOUT, True, RequestReason.EXHAUSTED), ("data_corruption", False, RequestReason.DATA_CORRUPTION)],
)  # fmt: skip
def test_why_a_person_is_asked(kind: str, critical: bool, why: RequestReason) -> None:
    verdict = decide(situation(kind, critical=critical, attempts=5))
    assert (verdict.chosen.strategy, verdict.request) == (ASK, why)
    asked = situation(kind, critical=critical, attempts=5, history=(past(ASK, kind=kind),))
    again = decide(asked)
    assert (again.chosen.strategy, again.request) == (GIVE_UP, None)
    assert "already" in again.chosen.reasons[-1]


def test_what_nobody_needs_ends() -> None:
    verdict = decide(situation(K.TIMEOUT, critical=False, attempts=5))
    assert (verdict.chosen.strategy, verdict.request) == (GIVE_UP, None)


def test_a_rule_gives_way_to_evidence_against_it() -> None:
    bad = {CONTEXT: Learned(good=0.0, bad=12.0)}
    verdict = decide(situation("no_progress", approaches=("x",), learned=bad))
    assert verdict.chosen.strategy != CONTEXT
    assert verdict.chosen.source != Source.RULE


def test_a_rule_gives_way_to_a_proven_fix() -> None:
    fix = {APPROACH: Learned(known=(3, 3), known_params={"approach": "y"})}
    found = situation(K.MALFORMED_ANSWER, approaches=("x", "y"), learned=fix)
    made = [decide(found, seed=seed).chosen for seed in range(40)]
    right = [one for one in made if one.params.get("approach") == "y"]
    assert len(right) >= 36
    assert right[0].source == Source.LEARNED
    assert "3 of 3" in right[0].reasons[1]


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [(K.TIMEOUT, {}, True), ("no_progress", {}, True), (K.AUTHENTICATION, {}, True), ("no_handler", {}, True),
     ("work", {"attempts": 5}, True), ("work", {}, False), (K.UNKNOWN, {}, False)],
)  # fmt: skip
def test_what_is_decided_at_once(kind: str, given: dict[str, Any], expected: bool) -> None:
    found = situation(kind, **given)
    assert is_immediate(found, threshold=THRESHOLD, base_s=BASE_S, patience_s=PATIENCE_S) is expected
