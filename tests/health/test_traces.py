"""Long traces: an outage is found with few calls, noise opens nothing, and what heals comes back soon."""

from __future__ import annotations

import random

import pytest

from providers.failures.kinds import FailureKind
from providers.states import BreakerState
from tests.health.timeline import Timeline

K = FailureKind
FAULTS = [
    K.UNAVAILABLE,
    K.CONNECTION,
    K.RATE_LIMIT,
    K.OVERLOADED,
    K.TIMEOUT,
    K.MALFORMED_ANSWER,
    K.EMPTY_ANSWER,
    K.TRUNCATED_STREAM,
]


def healthy(calls: int = 100) -> Timeline:
    line = Timeline()
    for _ in range(calls):
        line.after(0.1).succeeds()
    return line


@pytest.mark.feature("F2.9")
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("at_once", [1, 10])
def test_a_dead_provider_is_left_after_a_few_calls(kind: FailureKind, at_once: int) -> None:
    """Calls that reach it until it is held back: those in flight and few more. The probes see the same fault."""
    line, reached, probes = healthy(), 0, 0
    while line.state is BreakerState.CLOSED and reached < 100:
        if line.probe_due():
            probes += 1
            line.after(0.02).probe(kind)
        elif not line.suspected():
            for _ in range(at_once):
                reached += 1
                line.after(0.001).fails(kind)
        else:
            line.after(0.1)
    assert reached <= max(at_once, 4)
    assert probes <= 2
    assert line.at - 10.0 < 3.0


@pytest.mark.parametrize("kind", [K.MALFORMED_ANSWER, K.EMPTY_ANSWER, K.TRUNCATED_STREAM])
def test_a_fault_that_the_probe_does_not_see_is_found_too(kind: FailureKind) -> None:
    line, reached = healthy(), 0
    while line.state is BreakerState.CLOSED and reached < 100:
        if line.probe_due():
            line.after(0.02).probe(None)
        else:
            reached += 1
            line.after(0.02).fails(kind)
    assert reached <= 6


@pytest.mark.feature("F2.9")
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", [K.UNAVAILABLE, K.TIMEOUT])
def test_noise_opens_at_most_once_in_ten_thousand_calls(kind: FailureKind, seed: int) -> None:
    dice, line, opened = random.Random(seed), Timeline(), 0  # noqa: S311 - a trace, not a secret
    for _ in range(10_000):
        line.after(0.02)
        bad = dice.random() < 0.05
        if line.state is not BreakerState.CLOSED:
            line.after(max(0.0, line.until_s() or 0.0))
            line.probe(kind if bad else None)
        elif line.probe_due():
            opened += line.probe(kind if bad else None).opened
        elif not line.suspected():
            opened += line.fails(kind).opened if bad else line.succeeds().opened
    assert opened <= 1


@pytest.mark.feature("F2.9")
@pytest.mark.parametrize("heals_s", [1, 7, 12, 33, 58, 75, 200, 1000])
def test_what_heals_is_back_in_thirty_seconds(heals_s: float) -> None:
    line = healthy()
    down = line.at
    line.fails(K.UNAVAILABLE)
    line.after(0.1).fails(K.UNAVAILABLE)
    line.after(0.1).fails(K.UNAVAILABLE)
    while line.state is not BreakerState.CLOSED:
        line.after(0.5)
        if line.probe_due():
            line.probe(K.UNAVAILABLE if line.at < down + heals_s else None)
    assert line.at - (down + heals_s) <= 30.0
