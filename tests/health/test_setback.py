"""A clock that was set back by an hour: no breaker stays open, blind, suspected or reserved for that hour."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.failures.kinds import FailureKind
from providers.health import probes
from providers.health.setback import set_back
from tests.health.timeline import Timeline

pytestmark = pytest.mark.feature("F2.9")
K = FailureKind
HOUR = -3600.0


def back(line: Timeline) -> Timeline:
    line.after(HOUR)
    line.circuit = set_back(line.circuit, line.now)
    return line


def test_an_open_breaker_is_probed_and_closes() -> None:
    line = Timeline()
    line.fails(K.RATE_LIMIT, retry_after_s=600)
    assert not line.after(1).probe_due()
    assert back(line).probe_due()
    line.probe(K.UNAVAILABLE)
    assert line.until_s() == pytest.approx(10)
    line.after(10).probe(None)
    assert line.after(1).probe(None).closed


def test_what_fails_after_it_is_no_failure_of_before() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.after(10).probe(None)
    line.after(1).probe(None)
    assert back(line).after(1).fails(K.AUTHENTICATION, started_s=line.at).opened


def test_a_suspicion_ends() -> None:
    line = Timeline()
    for _ in range(3):
        line.fails(K.TIMEOUT)
    assert line.suspected()
    assert not back(line).suspected()
    line.fails(K.TIMEOUT)
    assert line.suspected()


def test_the_right_of_a_dead_prober_ends() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.circuit = probes.reserve(line.circuit, "dead", line.after(10).now, line.settings)
    assert not line.probe_due()
    assert line.after(HOUR).probe_due() or not probes.reserved(line.circuit, line.now)
    assert back(line).probe_due()


def test_a_closed_one_that_is_probed_is_not_held_for_an_hour() -> None:
    line = Timeline()
    for _ in range(3):
        line.fails(K.TIMEOUT)
    line.circuit = probes.reserve(line.circuit, "dead", line.now, line.settings)
    back(line)
    assert not probes.reserved(line.circuit, line.now)
    assert probes.availability_due(line.circuit, line.after(31).now)


@given(st.floats(0, 4.9), st.lists(st.sampled_from([K.TIMEOUT, K.AUTHENTICATION, K.CONNECTION]), max_size=5))
def test_clocks_of_processes_that_differ_a_little_change_nothing(apart_s: float, kinds: list[FailureKind]) -> None:
    line = Timeline()
    for kind in kinds:
        line.fails(kind)
    assert set_back(line.circuit, line.now - dt.timedelta(seconds=apart_s)) is line.circuit
