"""Weights that fade, and cells that lend each other a little."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.learning.evidence import HALF_LIFE, POOLED_WEIGHT, Evidence, together
from recovery.learning.fixes import carried, digest
from recovery.states import Strategy
from tests.recovery.learning.rows import NOW

pytestmark = pytest.mark.feature("F3.8")
weights = st.floats(0, 1000)


def test_half_of_it_is_forgotten_in_a_half_life() -> None:
    found = Evidence(good=8.0, bad=2.0, at=NOW).as_of(NOW + HALF_LIFE)
    assert (found.good, found.bad, found.at) == (4.0, 1.0, NOW + HALF_LIFE)
    assert found.weight == 5.0


def test_an_earlier_moment_changes_nothing() -> None:
    found = Evidence(good=8.0, bad=2.0, at=NOW)
    assert found.as_of(NOW - HALF_LIFE) == found
    assert found.plus(good=True, now=NOW - HALF_LIFE) == Evidence(good=9.0, bad=2.0, at=NOW)


def test_an_outcome_adds_one() -> None:
    found = Evidence(at=NOW).plus(good=True, now=NOW).plus(good=False, now=NOW)
    assert (found.good, found.bad) == (1.0, 1.0)


def test_what_was_told_too_early_is_turned() -> None:
    told = Evidence(at=NOW).plus(good=True, now=NOW)
    assert told.turned(good=False, now=NOW) == Evidence(good=0.0, bad=1.0, at=NOW)
    assert told.turned(good=False, now=NOW).turned(good=True, now=NOW) == told


@given(weights, weights, st.integers(0, 10_000), st.booleans())
def test_weights_never_fall_below_zero(good: float, bad: float, hours: int, outcome: bool) -> None:
    found = Evidence(good=good, bad=bad, at=NOW).turned(good=outcome, now=NOW + dt.timedelta(hours=hours))
    assert found.good >= 0
    assert found.bad >= 0


@given(weights, weights)
def test_other_kinds_of_task_count_little(good: float, bad: float) -> None:
    lent = together([], [Evidence(good=good, bad=bad, at=NOW)], NOW)
    assert sum(lent) <= POOLED_WEIGHT + 1e-9
    own = Evidence(good=5.0, bad=1.0, at=NOW)
    both = together([own], [Evidence(good=good, bad=bad, at=NOW)], NOW)
    assert both == (5.0 + lent[0], 1.0 + lent[1])


def test_what_carries_over_makes_the_digest() -> None:
    other_way, other_agent = Strategy.ALTERNATIVE_APPROACH, Strategy.RETRY_WITH_DIFFERENT_AGENT
    assert carried(other_way, {"approach": "flask", "avoid": ["a"]}) == {"approach": "flask"}
    assert carried(other_agent, {"avoid": ["a"], "failed": "a"}) == {}
    assert digest(other_way, {"approach": "flask", "avoid": ["a"]}) == digest(other_way, {"approach": "flask"})
    assert digest(other_way, {"approach": "flask"}) != digest(other_way, {"approach": "django"})
    assert digest(other_agent, {}) != digest(Strategy.RETRY_WITH_DELAY, {})
