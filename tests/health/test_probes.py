"""When a provider is probed, and that only one worker does."""

from __future__ import annotations

import datetime as dt

import pytest

from providers.failures.kinds import FailureKind
from providers.health import probes
from providers.health.settings import HealthSettings
from providers.states import BreakerState
from tests.health.timeline import Timeline

K = FailureKind


def test_only_a_closed_breaker_admits_calls() -> None:
    line = Timeline()
    assert probes.admits(line.circuit)
    line.fails(K.AUTHENTICATION)
    assert not probes.admits(line.circuit)
    line.after(10).probe(None)
    assert line.state is BreakerState.HALF_OPEN
    assert not probes.admits(line.circuit)


@pytest.mark.feature("F2.9")
def test_one_probe_at_a_time() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    assert not line.probe_due()
    assert line.after(10).probe_due()
    line.circuit = probes.reserve(line.circuit, "one", line.now, line.settings)
    assert line.state is BreakerState.HALF_OPEN
    assert probes.reserved(line.circuit, line.now)
    assert not line.probe_due()


def test_a_prober_that_died_is_replaced() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.circuit = probes.reserve(line.circuit, "one", line.after(10).now, line.settings)
    assert not line.after(14.9).probe_due()
    assert line.after(0.1).probe_due()


def test_a_closed_breaker_is_probed_only_where_it_is_suspected() -> None:
    line = Timeline()
    line.succeeds()
    assert not line.probe_due()
    for _ in range(3):
        line.fails(K.TIMEOUT)
    assert line.probe_due()
    line.circuit = probes.reserve(line.circuit, "one", line.now, line.settings)
    assert line.state is BreakerState.CLOSED
    assert not line.probe_due()


def test_a_suspicion_that_nobody_could_confirm_holds_nothing_back_for_ever() -> None:
    line = Timeline()
    for _ in range(3):
        line.fails(K.TIMEOUT)
    assert line.after(14.9).suspected()
    assert not line.after(0.2).suspected()
    assert not line.probe_due()


@pytest.mark.feature("F2.5")
def test_an_idle_provider_is_asked_at_growing_distances() -> None:
    line = Timeline()
    line.succeeds()
    asked = []
    while line.at < 3000:
        line.after(1)
        if probes.availability_due(line.circuit, line.now, line.settings):
            asked.append(line.at)
            line.probe(None)
    gaps = [later - earlier for earlier, later in zip([0.0, *asked], asked, strict=False)]
    assert gaps[:5] == [30.0, 30.0, 60.0, 120.0, 240.0]
    assert max(gaps) <= 600.0


def test_a_call_starts_the_idle_time_anew_and_jitter_spreads_it() -> None:
    line = Timeline(HealthSettings(monitoring_interval=100))
    line.succeeds()
    assert probes.availability_due(line.circuit, line.after(100).now, line.settings)
    assert not probes.availability_due(line.circuit, line.now, line.settings, jitter=0.5)
    line.succeeds()
    assert not probes.availability_due(line.circuit, line.after(99).now, line.settings)


def test_no_availability_probe_of_what_is_open_or_probed() -> None:
    line = Timeline()
    line.circuit = probes.reserve(line.circuit, "one", line.now, line.settings)
    assert not probes.availability_due(line.circuit, line.now, line.settings)
    line.fails(K.AUTHENTICATION)
    assert not probes.availability_due(line.circuit, line.now + dt.timedelta(hours=1), line.settings)


def test_one_that_was_never_heard_is_asked_at_once() -> None:
    line = Timeline()
    assert probes.availability_due(line.circuit, line.now, line.settings)
