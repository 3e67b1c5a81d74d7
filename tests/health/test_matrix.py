"""The decision matrix of seeds 000, and that two equal providers do not take turns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.health.matrix import Score, SwitchingDecisionMatrix, Weights, score, should_switch
from providers.health.metrics import HealthMetrics
from providers.health.settings import HealthSettings
from tests.health.timeline import START

GOOD = HealthMetrics(
    framework="claude",
    timestamp=START,
    response_time=0.0,
    success_rate=1.0,
    error_count=0,
    last_error=None,
    consecutive_failures=0,
    api_available=True,
    samples=10,
)


@pytest.mark.feature("F2.6")
def test_the_weights_of_seeds_000() -> None:
    weights = Weights()
    assert (weights.api_availability, weights.recent_success_rate, weights.response_time, weights.error_severity) == (
        0.4,
        0.3,
        0.2,
        0.1,
    )
    assert weights.sum == pytest.approx(1.0)


@pytest.mark.feature("F2.6")
@pytest.mark.parametrize(
    ("change", "total"),
    [
        ({}, 1.0),
        ({"api_available": False}, 0.6),
        ({"half_open": True}, 0.8),
        ({"success_rate": 0.5}, 0.85),
        ({"response_time": 15.0}, 0.9),
        ({"response_time": 300.0}, 0.8),
        ({"error_severity": 1.0}, 0.9),
        ({"trend": -0.2}, 0.94),
        ({"trend": 0.2, "success_rate": 0.9}, 0.97),
    ],
)
def test_each_factor_moves_the_score_by_its_weight(change: dict[str, Any], total: float) -> None:
    assert score(replace(GOOD, **change)).total == pytest.approx(total)


def test_weights_and_the_providers_own_weight() -> None:
    slow = replace(GOOD, response_time=30.0)
    only_speed = Weights(api_availability=0, recent_success_rate=0, response_time=5, error_severity=0)
    assert score(slow, only_speed).total == 0.0
    assert score(GOOD, only_speed).total == 1.0
    assert score(GOOD, health_weight=0.9).total == pytest.approx(0.9)
    nothing = Weights(api_availability=0, recent_success_rate=0, response_time=0, error_severity=0)
    assert score(GOOD, nothing).total == 0.0


def of(total: float, samples: int = 10) -> Score:
    return replace(score(GOOD), total=total, samples=samples)


@pytest.mark.feature("F2.6")
@pytest.mark.parametrize(
    ("current", "candidate", "stay_s", "options", "switch"),
    [
        (0.5, 0.9, 60, {}, True),
        (0.5, 0.6, 60, {}, False),
        (0.5, 0.61, 60, {}, True),
        (0.5, 0.9, 19, {}, False),
        (0.5, 0.9, 0, {"current_open": True}, True),
        (0.9, 0.1, 0, {"current_open": True}, True),
        (0.9, 0.9, 60, {"candidate_preferred": True}, True),
        (0.9, 0.86, 60, {"candidate_preferred": True}, True),
        (0.9, 0.84, 60, {"candidate_preferred": True}, False),
        (0.9, 0.9, 5, {"candidate_preferred": True}, False),
    ],
)
def test_hysteresis(current: float, candidate: float, stay_s: float, options: dict[str, Any], *, switch: bool) -> None:
    decision = should_switch(of(current), of(candidate), stay_s=stay_s, **options)
    assert decision.switch is switch
    assert decision.reason


def test_too_few_calls_judge_nobody() -> None:
    assert not should_switch(of(0.1, samples=2), of(0.9), stay_s=60).switch
    assert should_switch(of(0.1, samples=2), of(0.9), HealthSettings(minimum_samples=2), stay_s=60).switch


@given(st.floats(0, 1), st.floats(0, 1))
def test_two_never_take_turns(one: float, other: float) -> None:
    """Whatever the scores are, not both ways of a switch are wanted: neither between equals nor back and forth."""
    there = should_switch(of(one), of(other), stay_s=60).switch
    back = should_switch(of(other), of(one), stay_s=60, candidate_preferred=True).switch
    assert not (there and back)


metrics = st.builds(
    HealthMetrics,
    framework=st.just("x"),
    timestamp=st.just(START),
    response_time=st.floats(0, 1000),
    success_rate=st.floats(0, 1),
    error_count=st.integers(0, 99),
    last_error=st.none(),
    consecutive_failures=st.integers(0, 9),
    api_available=st.booleans(),
    error_severity=st.floats(0, 1),
    trend=st.floats(-1, 1),
    samples=st.integers(0, 20),
    half_open=st.booleans(),
)


@given(metrics)
def test_a_score_lies_between_nothing_and_one(one: HealthMetrics) -> None:
    found = score(one)
    for value in (
        found.total,
        found.api_availability,
        found.recent_success_rate,
        found.response_time,
        found.error_severity,
    ):
        assert 0.0 <= value <= 1.0 + 1e-9


@pytest.mark.feature("F2.6")
def test_the_interface_of_seeds_000() -> None:
    matrix = SwitchingDecisionMatrix()
    bad = replace(GOOD, success_rate=0.2, error_severity=0.7)
    assert matrix.should_switch_framework(bad, GOOD)
    assert not matrix.should_switch_framework(GOOD, bad)
    assert not matrix.should_switch_framework(GOOD, GOOD)
    gone = replace(GOOD, api_available=False)
    assert matrix.should_switch_framework(gone, bad)
    assert not matrix.should_switch_framework(gone, gone)
