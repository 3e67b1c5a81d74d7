"""When a provider is probed, and who may: one at a time across all workers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from providers.health.circuit import Circuit
from providers.health.setback import APART_S
from providers.health.settings import DEFAULTS, HealthSettings
from providers.states import BreakerState

LONGEST_IDLE_S = 600.0


def admits(circuit: Circuit) -> bool:
    """Whether ordinary calls may go there: only through a closed breaker; the others are for probes."""
    return circuit.state is BreakerState.CLOSED


def suspected(circuit: Circuit, now: dt.datetime, settings: HealthSettings = DEFAULTS) -> bool:
    """Whether it awaits its confirming probe, so that another provider is preferred for the moment."""
    one = circuit.suspicion
    return one is not None and (now - one.since).total_seconds() < settings.suspicion_s


def reserved(circuit: Circuit, now: dt.datetime, settings: HealthSettings = DEFAULTS) -> bool:
    """Whether somebody probes it now. A reservation ends by itself, as its owner may have died; one that would end
    later than any can was made before the clock was set back."""
    if not circuit.probe_owner or circuit.probe_until is None:
        return False
    return now < circuit.probe_until <= now + dt.timedelta(seconds=settings.probe_lease_s + APART_S)


def probe_due(circuit: Circuit, now: dt.datetime, settings: HealthSettings = DEFAULTS) -> bool:
    """Whether a confirming or half-open probe should be made now by whoever reserves it first."""
    if reserved(circuit, now, settings):
        return False
    if circuit.state is not BreakerState.CLOSED:
        return circuit.until is None or circuit.until <= now
    last = circuit.window.probed_at
    return suspected(circuit, now, settings) and (last is None or now.timestamp() - last >= settings.probe_pause_s)


def reserve(circuit: Circuit, owner: str, now: dt.datetime, settings: HealthSettings = DEFAULTS) -> Circuit:
    """With the right to probe given to `owner`; an open breaker is half-open from then on. To be stored by
    compare-and-swap before the probe is sent."""
    state = BreakerState.HALF_OPEN if circuit.state is BreakerState.OPEN else circuit.state
    until = now + dt.timedelta(seconds=settings.probe_lease_s)
    return replace(circuit, state=state, probe_owner=owner, probe_until=until)


def availability_due(
    circuit: Circuit, now: dt.datetime, settings: HealthSettings = DEFAULTS, *, jitter: float = 0.0
) -> bool:
    """Whether an idle provider should be asked if it is there: after `monitoring_interval` without a call, then at
    growing distances up to ten minutes. `jitter` (0 to 1, one number a process) spreads the workers."""
    if circuit.state is not BreakerState.CLOSED or reserved(circuit, now, settings):
        return False
    heard, probed = circuit.window.heard_at or 0.0, circuit.window.probed_at or 0.0
    last = max(heard, probed)
    gap = min(LONGEST_IDLE_S, max(settings.monitoring_interval, probed - heard)) * (1.0 + jitter)
    return now.timestamp() - last >= gap
