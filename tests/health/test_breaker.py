"""The breaker's transitions, one rule at a time."""

from __future__ import annotations

import pytest

from providers.failures.kinds import TRAITS, FailureKind, Severity
from providers.health import breaker, probes
from providers.health.settings import HealthSettings
from providers.health.triggers import WITNESSED
from providers.states import BreakerState
from tests.health.timeline import Timeline, failure

K = FailureKind
AT_ONCE = [kind for kind, traits in TRAITS.items() if traits.immediate and kind not in WITNESSED]
SILENT = [kind for kind, traits in TRAITS.items() if traits.severity is Severity.NONE]


@pytest.mark.feature("F2.9")
@pytest.mark.parametrize("kind", AT_ONCE)
def test_an_immediate_trigger_opens_at_once(kind: FailureKind) -> None:
    line = Timeline()
    line.succeeds()
    moved = line.after(1).fails(kind)
    assert (moved.opened, moved.moved, moved.trigger) == (True, True, "immediate")
    assert line.state is BreakerState.OPEN
    assert line.circuit.failure_kind == kind.value
    assert line.until_s() == 5.0


@pytest.mark.feature("F2.9")
@pytest.mark.parametrize("kind", sorted(WITNESSED))
def test_a_fault_that_may_be_noise_needs_a_second_witness(kind: FailureKind) -> None:
    line = Timeline()
    assert not line.fails(kind).moved
    moved = line.after(1).fails(kind)
    assert (moved.opened, moved.trigger) == (True, "immediate")
    assert "2 times in a row" in moved.reason


def test_the_witness_may_be_another_process() -> None:
    assert Timeline().fails(K.CONNECTION, witness=True).opened


def test_a_witness_from_long_ago_is_none() -> None:
    line = Timeline()
    line.fails(K.UNAVAILABLE)
    assert not line.after(31).fails(K.UNAVAILABLE).opened


def test_a_good_call_between_takes_the_first_witness_back() -> None:
    line = Timeline()
    line.fails(K.UNAVAILABLE)
    line.after(1).succeeds()
    assert not line.after(1).fails(K.UNAVAILABLE).moved


def test_a_provider_that_is_known_to_fail_now_and_then_needs_more_witnesses() -> None:
    line = Timeline()
    for number in range(200):
        if number % 20 == 7:
            line.after(1).fails(K.UNAVAILABLE)
        line.after(1).succeeds()
    assert line.circuit.window.noise > 0.03
    assert not line.after(1).fails(K.UNAVAILABLE).moved
    second = line.after(1).fails(K.UNAVAILABLE)
    assert (second.opened, second.ask_probe) == (False, True)
    third = line.after(1).fails(K.UNAVAILABLE)
    assert (third.opened, third.ask_probe) == (False, True)
    assert line.after(1).fails(K.UNAVAILABLE).opened


def test_what_failed_before_an_outage_is_no_noise() -> None:
    line = Timeline()
    for _ in range(300):
        line.after(1).succeeds()
    quiet = line.circuit.window.noise
    for _ in range(20):
        line.after(1).fails(K.TIMEOUT, last_one=True)
    line.after(1).succeeds()
    assert quiet < 0.007
    assert line.circuit.window.noise < 0.05


@pytest.mark.parametrize("kind", SILENT)
def test_what_says_nothing_about_the_provider_moves_nothing(kind: FailureKind) -> None:
    line = Timeline()
    for _ in range(20):
        assert not line.after(0.1).fails(kind).moved
    assert line.circuit.window.samples == 0


@pytest.mark.feature("F2.10")
@pytest.mark.parametrize("kind", [K.RATE_LIMIT, K.OVERLOADED, K.UNAVAILABLE, K.QUOTA])
def test_a_named_time_opens_until_then(kind: FailureKind) -> None:
    line = Timeline()
    moved = line.fails(kind, retry_after_s=120)
    assert (moved.opened, moved.trigger) == (True, "retry_after")
    assert line.until_s() == 120.0


def test_a_very_short_time_is_only_waited_for() -> None:
    assert not Timeline().fails(K.RATE_LIMIT, retry_after_s=0.02).moved


def test_a_named_time_is_bounded() -> None:
    line = Timeline()
    line.fails(K.RATE_LIMIT, retry_after_s=10**9)
    assert line.until_s() == 3600.0


@pytest.mark.feature("F2.6")
def test_three_failures_in_a_row_ask_for_a_probe_first() -> None:
    line = Timeline()
    line.succeeds()
    assert not line.after(1).fails(K.TIMEOUT).moved
    assert not line.after(1).fails(K.TIMEOUT).moved
    third = line.after(1).fails(K.TIMEOUT)
    assert (third.ask_probe, third.opened, third.trigger) == (True, False, "threshold")
    assert line.suspected()
    assert line.probe_due()
    confirmed = line.after(0.1).probe(K.TIMEOUT)
    assert (confirmed.opened, confirmed.trigger) == (True, "threshold")
    assert "3 failures in a row, and the probe failed: timeout" in confirmed.reason


@pytest.mark.feature("F2.6")
def test_more_than_thirty_percent_of_ten_ask_for_a_probe() -> None:
    line = Timeline()
    kinds = [None, K.TIMEOUT, None, K.TIMEOUT, None, K.TIMEOUT, None, None, None]
    for kind in kinds:
        moved = line.after(1).succeeds() if kind is None else line.after(1).fails(kind)
        assert not moved.ask_probe
    moved = line.after(1).fails(K.MALFORMED_ANSWER)
    assert moved.ask_probe
    assert "40% of the last 10 calls failed" in moved.reason


def test_thirty_percent_are_not_more_than_thirty() -> None:
    line = Timeline()
    for kind in [None, K.TIMEOUT, None, K.TIMEOUT, None, None, None, None, None]:
        line.after(1).succeeds() if kind is None else line.after(1).fails(kind)
    assert not line.after(1).fails(K.TIMEOUT).ask_probe


@pytest.mark.feature("F2.6")
def test_slow_first_tokens_ask_for_a_probe() -> None:
    line = Timeline()
    line.succeeds(first_token_ms=31_000)
    line.after(1).succeeds(first_token_ms=29_999)
    for _ in range(2):
        assert not line.after(1).succeeds(first_token_ms=31_000).moved
    slow = line.after(1).succeeds(first_token_ms=31_000)
    assert slow.ask_probe
    assert "longer than 30 s to the first token" in slow.reason
    assert line.after(0.1).probe(None).circuit.suspicion is None
    for _ in range(2):
        assert not line.after(1).succeeds(first_token_ms=31_000).opened
    again = line.after(1).succeeds(first_token_ms=31_000)
    assert again.opened
    assert line.circuit.failure_kind == "slow"


@pytest.mark.feature("F2.6")
def test_a_falling_success_asks_for_a_probe_before_the_thresholds_do() -> None:
    line = Timeline(HealthSettings(error_rate_threshold=0.9, consecutive_failure_threshold=9, trend_drop=0.2))
    for _ in range(40):
        line.after(1).succeeds()
    asked = False
    for number in range(12):
        moved = line.after(1).fails(K.TIMEOUT) if number % 2 else line.after(1).succeeds()
        asked = asked or (moved.ask_probe and moved.trigger == "preventive")
    assert asked


def test_a_good_probe_clears_and_the_old_failures_ask_no_more() -> None:
    line = Timeline()
    for _ in range(3):
        line.after(1).fails(K.TIMEOUT)
    cleared = line.after(0.1).probe(None)
    assert (cleared.moved, cleared.opened) == (True, False)
    assert not line.suspected()
    line.after(1).succeeds()
    assert not line.after(1).fails(K.TIMEOUT).moved
    assert not line.after(1).fails(K.TIMEOUT).moved


def test_calls_that_go_on_failing_after_a_good_probe_open_without_another() -> None:
    line = Timeline()
    for _ in range(3):
        line.after(1).fails(K.MALFORMED_ANSWER)
    line.after(0.1).probe(None)
    assert not line.after(1).fails(K.MALFORMED_ANSWER).moved
    assert not line.after(1).fails(K.MALFORMED_ANSWER).moved
    assert line.after(1).fails(K.MALFORMED_ANSWER).opened


def test_a_good_call_takes_a_suspicion_back() -> None:
    line = Timeline()
    for _ in range(3):
        line.after(1).fails(K.TIMEOUT)
    moved = line.after(0.1).succeeds()
    assert (moved.moved, line.circuit.suspicion) == (True, None)


def test_a_bad_probe_of_a_provider_with_a_high_rate_but_good_calls_asks_again() -> None:
    line = Timeline()
    for number in range(60):
        line.after(1).fails(K.TIMEOUT) if number % 10 == 5 else line.after(1).succeeds()
    while not line.circuit.suspicion:
        line.after(1).fails(K.TIMEOUT)
        if not line.circuit.suspicion:
            line.after(1).succeeds()
    first = line.after(0.1).probe(K.TIMEOUT)
    assert (first.opened, first.ask_probe) == (False, True)
    assert line.after(1).probe(K.TIMEOUT).opened


def test_a_probe_that_says_nothing_about_the_provider_is_a_good_one() -> None:
    line = Timeline()
    for _ in range(3):
        line.after(1).fails(K.TIMEOUT)
    assert line.after(0.1).probe(K.CONTEXT_WINDOW).reason == "the probe was good"


def test_a_bad_key_found_by_an_idle_probe_opens() -> None:
    line = Timeline()
    line.succeeds()
    assert line.after(60).probe(K.AUTHENTICATION).opened


def test_single_lost_idle_probes_do_not_add_up_to_an_outage() -> None:
    line = Timeline()
    line.succeeds()
    for _ in range(9):
        lost = line.after(60).probe(K.UNAVAILABLE)
        assert (lost.opened, lost.ask_probe, line.suspected()) == (False, True, True)
        assert line.after(1).probe_due()
        line.probe(None)
        assert not line.suspected()
    assert (line.circuit.window.recent, line.circuit.window.consecutive_failures) == (("",), 0)


@pytest.mark.parametrize("kind", [K.UNAVAILABLE, K.TIMEOUT, K.CONNECTION])
def test_idle_probes_lost_in_a_row_open(kind: FailureKind) -> None:
    line = Timeline()
    line.succeeds()
    line.after(60)
    lost = [line.after(1).probe(kind).opened for _ in range(3)]
    assert lost == [False, False, True]
    assert "a probe was lost" in line.circuit.reason


def test_an_idle_probe_that_is_told_to_wait_opens_at_once() -> None:
    line = Timeline()
    line.succeeds()
    assert line.after(60).probe(K.RATE_LIMIT, retry_after_s=20).opened
    assert line.until_s() == 20.0


def test_a_good_idle_probe_changes_no_state() -> None:
    line = Timeline()
    line.succeeds()
    moved = line.after(60).probe(None)
    assert (moved.moved, line.circuit.acquitted) == (False, None)


def test_the_last_one_left_is_never_opened() -> None:
    line = Timeline()
    for kind in [K.AUTHENTICATION, *[K.UNAVAILABLE] * 9, K.RATE_LIMIT]:
        moved = line.after(1).fails(kind, retry_after_s=60, last_one=True)
        assert line.state is BreakerState.CLOSED
    assert "the last one left stays" in moved.reason
    assert not line.after(1).probe(K.AUTHENTICATION, last_one=True).opened
    for _ in range(5):
        assert not line.after(1).succeeds(first_token_ms=60_000, last_one=True).moved


@pytest.mark.feature("F2.9")
def test_the_wait_grows_to_twenty_five_seconds_and_no_more() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    waits = []
    for _ in range(5):
        wait = line.until_s() or 0.0
        waits.append(wait)
        line.after(wait)
        assert line.probe_due()
        line.probe(K.AUTHENTICATION)
    assert waits == [5.0, 10.0, 10.0, 10.0, 10.0]


@pytest.mark.feature("F2.9")
def test_closed_after_two_good_probes_a_second_apart() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.after(10)
    first = line.probe(None)
    assert (first.closed, line.state, line.circuit.good) == (False, BreakerState.HALF_OPEN, 1)
    assert not line.probe_due()
    line.after(1)
    assert line.probe_due()
    second = line.probe(None)
    assert (second.closed, second.trigger, line.state) == (True, "restored", BreakerState.CLOSED)
    assert line.circuit.until is None
    assert line.circuit.window.recent == ()


def test_a_bad_probe_opens_again_and_is_no_new_opening() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.after(10).probe(None)
    moved = line.after(1).probe(K.UNAVAILABLE)
    assert (moved.opened, moved.moved, line.state) == (False, True, BreakerState.OPEN)
    assert (line.circuit.good, line.circuit.ejections, line.until_s()) == (0, 2, 10.0)


def test_a_bad_probe_with_a_named_time_waits_for_it() -> None:
    line = Timeline()
    line.fails(K.RATE_LIMIT, retry_after_s=30)
    line.after(30).probe(K.RATE_LIMIT, retry_after_s=300)
    assert line.until_s() == 300.0


def test_it_is_extended_and_never_shortened() -> None:
    line = Timeline()
    line.fails(K.RATE_LIMIT, retry_after_s=300)
    assert not line.after(1).fails(K.RATE_LIMIT, retry_after_s=5).moved
    assert line.until_s() == 299.0
    assert not line.fails(K.UNAVAILABLE).moved
    assert line.fails(K.RATE_LIMIT, retry_after_s=600).moved
    assert line.until_s() == 600.0


def test_a_late_success_does_not_close_it() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    assert not line.after(1).succeeds().moved
    assert line.state is BreakerState.OPEN


def test_a_call_from_before_the_closing_does_not_open_it_again() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.after(10).probe(None)
    line.after(1).probe(None)
    moved = line.after(5).fails(K.AUTHENTICATION, started_s=3)
    assert (moved.moved, line.state) == (False, BreakerState.CLOSED)
    assert line.fails(K.AUTHENTICATION, started_s=12).opened


def test_openings_soon_after_each_other_count_in_a_row() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.after(10).probe(None)
    line.after(1).probe(None)
    line.after(30).fails(K.AUTHENTICATION)
    assert (line.circuit.ejections, line.until_s()) == (2, 10.0)
    line.after(20).probe(None)
    line.after(1).probe(None)
    line.after(61).fails(K.AUTHENTICATION)
    assert (line.circuit.ejections, line.until_s()) == (1, 5.0)


def test_only_the_holder_of_the_reservation_decides() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    line.circuit = probes.reserve(line.circuit, "one", line.after(10).now)
    late = breaker.on_probe_result(line.circuit, None, line.now, owner="other")
    assert (late.moved, late.circuit) == (False, line.circuit)
    assert breaker.on_probe_result(line.circuit, None, line.now, owner="one").moved


def test_a_reset_closes_it() -> None:
    line = Timeline()
    line.fails(K.AUTHENTICATION)
    moved = breaker.reset(line.circuit, line.now)
    assert (moved.closed, moved.circuit.state, moved.circuit.until) == (True, BreakerState.CLOSED, None)


def test_reasons_and_last_errors_are_kept_for_people() -> None:
    line = Timeline()
    breaker_now = breaker.on_failure(line.circuit, failure(K.QUOTA, message="no credit"), line.now)
    assert breaker_now.circuit.window.last_error == "no credit"
    assert breaker_now.circuit.reason == "quota"
