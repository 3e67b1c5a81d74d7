"""The window's numbers, and that a row holds them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.failures.kinds import FailureKind
from providers.health.circuit import Circuit, Suspicion, circuit_of
from providers.health.metrics import metrics_of
from providers.health.stored import window_json, window_of
from providers.health.window import KEPT, Window, counts_for_health
from providers.states import BreakerState
from tests.health.timeline import START, Timeline

K = FailureKind


@pytest.mark.feature("F2.5")
def test_the_numbers_of_a_few_calls() -> None:
    window = Window().with_success(60.0, 1000.0).with_failure(61.0, K.TIMEOUT, "slow").with_success(130.0, 2000.0)
    assert window.samples == 3
    assert window.success_rate() == pytest.approx(2 / 3)
    assert window.first_token_ms == pytest.approx(1200.0)
    assert window.usual_first_token_ms == pytest.approx(1020.0)
    assert window.severity() == pytest.approx(0.25)
    assert window.consecutive_failures == 0
    assert (window.last_error, window.last_error_at, window.heard_at) == ("slow", 61.0, 130.0)
    assert window.failure_rate(10) is None
    assert window.failure_rate(3) == pytest.approx(1 / 3)


def test_only_the_last_ten_count() -> None:
    window = Window()
    for second in range(10):
        window = window.with_failure(second, K.UNAVAILABLE)
    for second in range(10):
        window = window.with_success(10.0 + second)
    assert (window.success_rate(), window.severity(), len(window.recent)) == (1.0, 0.0, KEPT)
    assert window.success_rate(20) == 0.5
    assert len(window.with_success(99.0).recent) == KEPT


def test_five_minutes_by_kind() -> None:
    window = Window()
    for minute in range(8):
        window = window.with_failure(60.0 * minute, K.RATE_LIMIT).with_success(60.0 * minute + 1)
    assert window.counts(60.0 * 7 + 30) == {"rate_limit": 5, "ok": 5}
    assert window.counts(60.0 * 30) == {}
    assert len(window.minutes) <= 6


def test_the_trend_falls_with_failures_and_comes_back() -> None:
    window = Window()
    for second in range(5):
        window = window.with_failure(second, K.TIMEOUT)
    assert window.trend() < -0.3
    for second in range(200):
        window = window.with_success(10.0 + second)
    assert abs(window.trend()) < 0.05


def test_quality_is_the_share_of_work_that_passed() -> None:
    window = Window()
    assert window.quality is None
    for passed in (True, True, False):
        window = window.with_work(passed=passed)
    assert window.quality == pytest.approx(0.8)
    assert window.quality_samples == 3
    assert Circuit().with_work(passed=False).window.quality == 0.0


def test_after_an_outage_it_starts_again() -> None:
    window = Window().with_success(1.0, 500.0).with_failure(2.0, K.UNAVAILABLE, "down").after_closing()
    assert (window.recent, window.consecutive_failures, window.success_rate(), window.severity()) == ((), 0, 1.0, 0.0)
    assert window.last_error == "down"


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_is_counted_or_left_out(kind: FailureKind) -> None:
    window = Window().with_failure(5.0, kind)
    assert window.samples == (1 if counts_for_health(kind) else 0)
    assert window.heard_at == 5.0


steps = st.lists(st.tuples(st.sampled_from([None, *FailureKind]), st.floats(0, 900), st.floats(1, 60_000)), max_size=40)


@given(steps)
def test_a_row_holds_the_whole_window(calls: list[tuple[FailureKind | None, float, float]]) -> None:
    window = Window()
    for kind, at, first_token_ms in calls:
        window = window.with_success(at, first_token_ms) if kind is None else window.with_failure(at, kind, "text")
    stored = json.loads(json.dumps(window_json(window)))
    again = window_of(stored)
    assert window_json(again) == window_json(window)
    assert (again.recent, again.minutes, again.samples) == (window.recent, window.minutes, window.samples)
    assert again.noise == pytest.approx(window.noise, abs=1e-5)


def test_what_another_version_wrote_reads_as_far_as_it_fits() -> None:
    window = window_of({"recent": ["", "no-such-kind", "quota"], "minutes": {"3": {"": 2, "new": 1}}, "later": 7})
    assert window.recent == ("", "quota")
    assert window.minutes == {3: {"": 2}}
    assert window_of({}) == Window()
    assert window_json(Window()) == {}


def test_a_circuit_goes_through_its_row() -> None:
    line = Timeline()
    line.succeeds()
    for _ in range(3):
        line.after(1).fails(K.TIMEOUT)
    suspected = line.circuit
    assert isinstance(suspected.suspicion, Suspicion)
    line.after(1).probe(None)
    acquitted = line.circuit
    line.after(1).fails(K.AUTHENTICATION)
    for circuit in (Circuit(), suspected, acquitted, line.circuit):
        columns = circuit.columns()
        row = SimpleNamespace(**{**columns, "health": json.loads(json.dumps(columns["health"]))})
        assert circuit_of(row).columns() == columns
        assert circuit_of(row).suspicion == circuit.suspicion


@pytest.mark.feature("F2.5")
def test_the_metrics_of_seeds_000() -> None:
    line = Timeline()
    line.succeeds(first_token_ms=1500)
    line.after(1).fails(K.TIMEOUT)
    metrics = metrics_of("claude", line.circuit, line.now)
    assert (metrics.framework, metrics.timestamp) == ("claude", line.now)
    assert (metrics.response_time, metrics.success_rate, metrics.error_count) == (1.5, 0.5, 1)
    assert (metrics.last_error, metrics.consecutive_failures, metrics.api_available) == ("seen", 1, True)
    assert metrics.samples == 2
    line.fails(K.AUTHENTICATION)
    assert not metrics_of("claude", line.circuit, line.now).api_available
    line.after(10).probe(None)
    half = metrics_of("claude", line.circuit, line.now)
    assert (half.api_available, half.half_open, line.state) == (True, True, BreakerState.HALF_OPEN)
    assert metrics_of("new", Circuit(), START).last_error is None
