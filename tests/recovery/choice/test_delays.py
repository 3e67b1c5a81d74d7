"""Waits: the ladder of seeds 004, and what a provider said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.choice import delay_after
from recovery.choice.delays import MOST_WAITS, delay_of, wait_within
from recovery.states import Strategy
from tests.recovery.choice.cases import BASE_S, NOW, PATIENCE_S, past, seeded, situation

pytestmark = pytest.mark.feature("F3.3")


@pytest.mark.parametrize(
    ("count", "expected_s"), [(0, 30), (1, 30), (2, 60), (3, 120), (4, 240), (5, 300), (2000, 300)]
)
def test_the_ladder(count: int, expected_s: float) -> None:
    delays = [delay_after(count, base_s=BASE_S, rng=seeded(seed)) for seed in range(50)]
    assert all(0.9 * expected_s <= one <= 1.1 * expected_s for one in delays)
    assert max(delays) - min(delays) > 0.1 * expected_s


def outside(**given: Any) -> Any:
    return situation("rate_limit", outside=True, **given)


def test_waits_count_for_what_lies_outside_and_attempts_for_the_rest() -> None:
    found = {"attempts": 1, "waits": 3}
    assert delay_of(outside(**found), base_s=30, rng=seeded(1)) > 100
    assert delay_of(situation("timeout", **found), base_s=30, rng=seeded(1)) < 34


@given(st.integers(0, 100_000), st.integers(0, 100))
def test_nobody_wakes_before_the_moment_that_was_named(seconds: int, seed: int) -> None:
    found = outside(waits=1, retry_at=NOW + dt.timedelta(seconds=seconds))
    delay_s = delay_of(found, base_s=30, rng=seeded(seed))
    assert max(1, seconds) <= delay_s <= max(1, seconds) + 30


def test_those_who_wait_for_one_moment_are_spread() -> None:
    found = outside(waits=1, retry_at=NOW + dt.timedelta(seconds=60))
    woken = sorted(delay_of(found, base_s=30, rng=seeded(seed)) for seed in range(40))
    assert woken[-1] - woken[0] > 4
    assert len(set(woken)) == 40


def test_a_provider_that_keeps_saying_now_is_believed_twice() -> None:
    gone = NOW - dt.timedelta(seconds=5)
    assert delay_of(outside(waits=2, retry_at=gone), base_s=30, rng=seeded(1)) < 4
    assert delay_of(outside(waits=3, retry_at=gone), base_s=30, rng=seeded(1)) > 26
    assert delay_of(outside(waits=6, retry_at=gone), base_s=30, rng=seeded(1)) > 200


def test_a_lost_worker_waits_for_nothing() -> None:
    assert delay_of(situation("worker_lost"), base_s=30, rng=seeded(1)) == 0.0
    assert wait_within(situation("worker_lost", left_s=1.0), 0.0, patience_s=0) == (0.0, "")


@pytest.mark.parametrize(
    ("given", "delay_s", "expected_s"),
    [
        ({}, 240.0, 240.0), ({"left_s": 100.0}, 240.0, 50.0), ({"left_s": 9.0}, 240.0, None),
        ({"left_s": 100.0, "retry_at": NOW}, 240.0, None), ({"left_s": 241.0}, 240.0, 240.0),
        ({"fallbacks": (80,), "history": (past(Strategy.RETRY_WITH_DELAY, delay_s=200.0),)}, 240.0, 100.0),
        ({"fallbacks": (80,), "history": (past(Strategy.RETRY_WITH_DELAY, delay_s=295.0),)}, 30.0, None),
        ({"waits": MOST_WAITS + 1}, 300.0, None), ({"waits": MOST_WAITS + 1, "left_s": 1000.0}, 300.0, 300.0),
    ],
)  # fmt: skip
def test_a_wait_keeps_within_its_room(given: dict[str, Any], delay_s: float, expected_s: float | None) -> None:
    found, why_not = wait_within(outside(**given), delay_s, patience_s=PATIENCE_S)
    assert found == expected_s
    assert bool(why_not) == (expected_s is None)
