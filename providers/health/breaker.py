"""The circuit breaker as pure transitions: what a result makes of a Circuit.

closed → open at an immediate trigger, or at a threshold that a probe confirmed → half-open, one probe at a time →
closed after so many good ones. `until` only ever moves later while it is open, and the last one left is never opened.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from providers.failures.signal import Failure
from providers.health.circuit import Circuit, Suspicion
from providers.health.settings import DEFAULTS, HealthSettings
from providers.health.triggers import (
    IMMEDIATE,
    RESTORED,
    RETRY_AFTER,
    THRESHOLD,
    Trigger,
    failure_trigger,
    slow_trigger,
    threshold,
    witnesses_needed,
)
from providers.health.window import Window, counts_for_health
from providers.states import BreakerState

SLOW = "slow"
IN_A_ROW_S = 60.0  # an opening within this time of the closing counts as one more in a row


@dataclass(frozen=True, kw_only=True)
class Transition:
    """`circuit` is what holds from now on. `moved`: state, `until`, suspicion or reservation changed, so that others
    must see it at once; else only the window did. `ask_probe`: one confirming probe should be made now. `trigger` and
    `reason` say why, in words for a person."""

    circuit: Circuit
    opened: bool = False
    closed: bool = False
    moved: bool = False
    ask_probe: bool = False
    trigger: str = ""
    reason: str = ""


def on_failure(
    circuit: Circuit,
    failure: Failure,
    now: dt.datetime,
    settings: HealthSettings = DEFAULTS,
    *,
    witness: bool = False,
    last_one: bool = False,
    started_at: dt.datetime | None = None,
) -> Transition:
    """A call failed. `witness`: another failed call is known that the window does not hold. `last_one`: no other
    provider is left, so that this one stays closed. A call that `started_at` before the breaker closed tells of the
    outage that is over."""
    if circuit.closed_at is not None and started_at is not None and started_at < circuit.closed_at:
        return Transition(circuit=circuit, reason="began before the breaker closed")
    previous_at = float("inf") if witness else circuit.window.last_error_at
    circuit = replace(circuit, window=circuit.window.with_failure(now.timestamp(), failure.kind, failure.message))
    if not counts_for_health(failure.kind):
        return Transition(circuit=circuit, reason="says nothing about the provider")
    if circuit.state is not BreakerState.CLOSED:
        return _extended(circuit, failure, now, settings)
    trigger = failure_trigger(circuit, failure, now, settings, previous_at=previous_at)
    return _pulled(circuit, trigger, failure, now, settings, last_one=last_one)


def on_success(
    circuit: Circuit,
    now: dt.datetime,
    settings: HealthSettings = DEFAULTS,
    *,
    first_token_ms: float | None = None,
    last_one: bool = False,
) -> Transition:
    """A call ended well. It takes back a suspicion, but does not close an open breaker: it began before that."""
    slow_ms = settings.response_time_threshold * 1000
    window = circuit.window.with_success(now.timestamp(), first_token_ms, slow_ms=slow_ms)
    circuit = replace(circuit, window=window)
    if circuit.state is not BreakerState.CLOSED:
        return Transition(circuit=circuit)
    trigger = slow_trigger(circuit, settings)
    if trigger is None and circuit.suspicion is not None and threshold(circuit, settings) is None:
        return Transition(circuit=replace(circuit, suspicion=None), moved=True, reason="a call ended well")
    return _pulled(circuit, trigger, None, now, settings, last_one=last_one)


def on_probe_result(
    circuit: Circuit,
    failure: Failure | None,
    now: dt.datetime,
    settings: HealthSettings = DEFAULTS,
    *,
    owner: str = "",
    last_one: bool = False,
) -> Transition:
    """A probe ended; `failure` None is a good one, and so is one that says nothing about the provider. With `owner`,
    the result of a prober whose reservation is gone changes no state."""
    if owner and circuit.probe_owner != owner:
        return Transition(circuit=circuit, reason="the reservation of this probe is gone")
    circuit = replace(circuit, window=circuit.window.with_probe(now.timestamp()), probe_owner="", probe_until=None)
    bad = failure if failure is not None and counts_for_health(failure.kind) else None
    if circuit.state is BreakerState.CLOSED:
        return _confirmed(circuit, bad, now, settings, last_one=last_one)
    if bad is not None:
        trigger = Trigger(name=THRESHOLD, reason=f"probe failed: {bad.kind.value.replace('_', ' ')}", certain=True)
        return replace(_opened(circuit, trigger, bad, now, settings), opened=False)
    good = circuit.good + 1
    if good >= settings.good_probes_to_close:
        return _closed(circuit, now, f"{good} good probes")
    until = _later(circuit.until, _in(now, settings.probe_pause_s))
    waiting = replace(circuit, state=BreakerState.HALF_OPEN, good=good, until=until)
    return Transition(circuit=waiting, moved=True, reason=f"{good} of {settings.good_probes_to_close} good probes")


def reset(circuit: Circuit, now: dt.datetime) -> Transition:
    """A person, or a new key, closes it."""
    return _closed(circuit, now, "reset")


def wait_s(ejections: int, settings: HealthSettings) -> float:
    """Seconds until the first probe after the so-many-th opening in a row (from 1)."""
    return min(settings.max_open_s, settings.first_open_s * 2.0 ** min(ejections - 1, 10))


def _confirmed(
    circuit: Circuit, bad: Failure | None, now: dt.datetime, settings: HealthSettings, *, last_one: bool
) -> Transition:
    suspicion = circuit.suspicion
    if bad is None and suspicion is None:
        return Transition(circuit=circuit, reason="it is there")
    if bad is None:
        free = replace(circuit, suspicion=None, acquitted=circuit.window.samples)
        return Transition(circuit=free, moved=True, reason="the probe was good")
    if suspicion is None and not last_one:
        return _lost(circuit, bad, now, settings)
    if suspicion is None or suspicion.trigger == IMMEDIATE or last_one:
        return on_failure(circuit, bad, now, settings, last_one=last_one)
    circuit = replace(circuit, window=circuit.window.with_failure(now.timestamp(), bad.kind, bad.message))
    # Where single failures are usual, the bad probe may be one of them: the next one decides.
    alone = circuit.window.consecutive_failures < witnesses_needed(circuit.window) - 1
    reason = f"{suspicion.reason}, and the probe failed: {bad.kind.value.replace('_', ' ')}"
    trigger = Trigger(name=suspicion.trigger, reason=suspicion.reason if alone else reason, certain=not alone)
    return _pulled(circuit, trigger, bad, now, settings, last_one=False)


def _lost(circuit: Circuit, bad: Failure, now: dt.datetime, settings: HealthSettings) -> Transition:
    """A probe of one that nobody called for a while failed. Good ones of that sort are no calls and count for nothing,
    so that a lost one must not count either, else those of hours would add up to an outage: it is asked once more, and
    that answer decides. What is certain at once is so here too."""
    told = on_failure(circuit, bad, now, settings)
    if told.opened:
        return told
    reason = f"a probe was lost: {bad.kind.value.replace('_', ' ')}"
    trigger = Trigger(name=THRESHOLD, reason=reason, certain=False)
    return _pulled(circuit, trigger, bad, now, settings, last_one=False)


def _pulled(
    circuit: Circuit,
    trigger: Trigger | None,
    failure: Failure | None,
    now: dt.datetime,
    settings: HealthSettings,
    *,
    last_one: bool,
) -> Transition:
    if trigger is None:
        return Transition(circuit=circuit)
    if last_one:
        return Transition(circuit=circuit, trigger=trigger.name, reason=f"{trigger.reason}; the last one left stays")
    if trigger.certain:
        return _opened(circuit, trigger, failure, now, settings)
    kind = failure.kind.value if failure is not None else SLOW
    suspicion = Suspicion(trigger=trigger.name, reason=trigger.reason, kind=kind, since=now)
    return Transition(
        circuit=replace(circuit, suspicion=suspicion),
        moved=True,
        ask_probe=True,
        trigger=trigger.name,
        reason=trigger.reason,
    )


def _opened(
    circuit: Circuit, trigger: Trigger, failure: Failure | None, now: dt.datetime, settings: HealthSettings
) -> Transition:
    fresh = circuit.state is BreakerState.CLOSED and (
        circuit.closed_at is None or (now - circuit.closed_at).total_seconds() > IN_A_ROW_S
    )
    ejections = 1 if fresh else circuit.ejections + 1
    asked_s = failure.retry_after_s if failure is not None else None
    pause_s = wait_s(ejections, settings) if asked_s is None else min(asked_s, settings.max_retry_after_s)
    circuit = replace(
        circuit,
        state=BreakerState.OPEN,
        opened_at=now if circuit.state is BreakerState.CLOSED else circuit.opened_at,
        until=_later(circuit.until, _in(now, pause_s)),
        ejections=ejections,
        failure_kind=failure.kind.value if failure is not None else SLOW,
        reason=trigger.reason[:300],
        probe_owner="",
        probe_until=None,
        good=0,
        suspicion=None,
        acquitted=None,
        window=_noted(circuit.window, failure, now),
    )
    return Transition(circuit=circuit, opened=True, moved=True, trigger=trigger.name, reason=trigger.reason)


def _closed(circuit: Circuit, now: dt.datetime, reason: str) -> Transition:
    closed = Circuit(closed_at=now, ejections=circuit.ejections, window=circuit.window.after_closing())
    return Transition(circuit=closed, closed=True, moved=True, trigger=RESTORED, reason=reason)


def _extended(circuit: Circuit, failure: Failure, now: dt.datetime, settings: HealthSettings) -> Transition:
    """A failure that comes in while it is open moves `until` later where the provider named a later time."""
    if failure.retry_after_s is None:
        return Transition(circuit=circuit)
    until = _later(circuit.until, _in(now, min(failure.retry_after_s, settings.max_retry_after_s)))
    moved = until != circuit.until
    return Transition(
        circuit=replace(circuit, until=until), moved=moved, trigger=RETRY_AFTER if moved else "", reason=circuit.reason
    )


def _noted(window: Window, failure: Failure | None, now: dt.datetime) -> Window:
    if failure is None:
        return window
    text = failure.message[:200] or failure.kind.value
    return replace(window, last_error=text, last_error_at=now.timestamp())


def _in(now: dt.datetime, seconds: float) -> dt.datetime:
    return now + dt.timedelta(seconds=seconds)


def _later(one: dt.datetime | None, other: dt.datetime) -> dt.datetime:
    return other if one is None else max(one, other)
