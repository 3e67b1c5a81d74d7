"""Why a breaker should open: immediately, at a threshold, or because things go down."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.health.circuit import Circuit
from providers.health.settings import HealthSettings
from providers.health.window import Window

IMMEDIATE, THRESHOLD, PREVENTIVE, RETRY_AFTER, RESTORED = (
    "immediate",
    "threshold",
    "preventive",
    "retry_after",
    "restored",
)
# One failure of these can be noise; further ones in a row without a good call between them are not.
WITNESSED = {
    FailureKind.UNAVAILABLE,
    FailureKind.CONNECTION,
    FailureKind.RATE_LIMIT,
    FailureKind.OVERLOADED,
}
SHORT_WAIT_S = 1.0  # a provider that asks for less is asked again sooner than a breaker would open and close


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """`certain`: open now; else a confirming probe is asked first."""

    name: str
    reason: str
    certain: bool


def witnesses_needed(window: Window) -> int:
    """How many failures in a row show an outage: so many that by its usual share of failures alone (`noise`) they would
    come less than about once in 20,000 calls. Two where it hardly ever fails, and where nothing has succeeded yet."""
    if window.consecutive_failures == window.samples:
        return 2
    return 2 + (window.noise >= 0.007) + (window.noise >= 0.03)


def failure_trigger(
    circuit: Circuit, failure: Failure, now: dt.datetime, settings: HealthSettings, *, previous_at: float | None
) -> Trigger | None:
    """What the failure that `circuit.window` already counts gives cause to. `previous_at`: when the one before it was;
    `inf` where somebody else witnessed it."""
    wait_s = failure.retry_after_s
    if wait_s is not None and wait_s >= SHORT_WAIT_S and failure.kind in {*WITNESSED, FailureKind.QUOTA}:
        return Trigger(name=RETRY_AFTER, reason=f"{_words(failure.kind)}: asked to wait {wait_s:.0f} s", certain=True)
    if failure.kind in WITNESSED:
        found = _witnessed(circuit, failure.kind, now, settings, previous_at)
    elif failure.traits.immediate:
        return Trigger(name=IMMEDIATE, reason=_words(failure.kind), certain=True)
    else:
        found = None
    return found or threshold(circuit, settings)


def slow_trigger(circuit: Circuit, settings: HealthSettings) -> Trigger | None:
    """What a good but slow call gives cause to."""
    streak = min(circuit.window.slow_streak, _fresh(circuit))
    if streak < settings.slow_calls_threshold:
        return None
    reason = f"{streak} calls in a row took longer than {settings.response_time_threshold:.0f} s to the first token"
    return Trigger(name=THRESHOLD, reason=reason, certain=_contradicted(circuit, circuit.window.slow_streak))


def _witnessed(
    circuit: Circuit, kind: FailureKind, now: dt.datetime, settings: HealthSettings, previous_at: float | None
) -> Trigger | None:
    alone = previous_at is None or now.timestamp() - previous_at > settings.witness_window_s
    run = 1 if alone else min(circuit.window.consecutive_failures, _fresh(circuit))
    if previous_at == float("inf"):
        run = max(run + 1, 2)
    if run < 2:
        return None
    certain = run >= witnesses_needed(circuit.window)
    return Trigger(name=IMMEDIATE, reason=f"{_words(kind)}, {run} times in a row", certain=certain)


def threshold(circuit: Circuit, settings: HealthSettings) -> Trigger | None:
    """The threshold that the window crosses, if any: failures in a row, their share, or a falling success."""
    window, fresh = circuit.window, _fresh(circuit)
    run = min(window.consecutive_failures, fresh)
    if run >= settings.consecutive_failure_threshold:
        certain = _contradicted(circuit, window.consecutive_failures)
        return Trigger(name=THRESHOLD, reason=f"{run} failures in a row", certain=certain)
    rate = window.failure_rate(settings.error_window)
    if rate is not None and fresh >= settings.error_window and rate > settings.error_rate_threshold:
        reason = f"{rate:.0%} of the last {settings.error_window} calls failed"
        return Trigger(name=THRESHOLD, reason=reason, certain=False)
    if min(fresh, window.samples) >= settings.trend_samples and window.trend() < -settings.trend_drop:
        reason = f"success falls: {window.success:.0%} lately, {window.usual_success:.0%} usually"
        return Trigger(name=PREVENTIVE, reason=reason, certain=False)
    return None


def _fresh(circuit: Circuit) -> int:
    """The calls since the last good confirming probe: what was before it was answered by it."""
    return circuit.window.samples - (circuit.acquitted or 0)


def _contradicted(circuit: Circuit, streak: int) -> bool:
    """A probe was good, and yet not one call since then: the probe does not see what is wrong."""
    return circuit.acquitted is not None and streak >= _fresh(circuit)


def _words(kind: FailureKind) -> str:
    return kind.value.replace("_", " ")
