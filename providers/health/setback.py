"""A clock that was set back. What a circuit says of the future was written before that; taken at its word a breaker
would stay open, blind or suspected for as long as the clock had run ahead."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from providers.health.circuit import Circuit
from providers.health.window import Window

APART_S = 5.0  # two processes may differ by so much in what they take for the database's time


def set_back(circuit: Circuit, now: dt.datetime) -> Circuit:
    """The circuit as if all that it says happened in the future had happened now; itself where it says no such thing.
    Of one that was opened then nobody knows until when it was to wait: a probe decides."""
    latest = now + dt.timedelta(seconds=APART_S)
    window, suspicion = _window(circuit.window, latest.timestamp(), now.timestamp()), circuit.suspicion
    opened = circuit.opened_at is not None and circuit.opened_at > latest
    closed = circuit.closed_at is not None and circuit.closed_at > latest
    suspected = suspicion is not None and suspicion.since > latest
    if window is circuit.window and not (opened or closed or suspected):
        return circuit
    if opened:
        circuit = replace(circuit, until=now, opened_at=now, probe_owner="", probe_until=None)
    return replace(
        circuit,
        window=window,
        closed_at=now if closed else circuit.closed_at,
        suspicion=None if suspected else suspicion,
    )


def _window(window: Window, latest: float, now: float) -> Window:
    moments = (window.heard_at, window.probed_at, window.last_error_at)
    if all(moment is None or moment <= latest for moment in moments):
        return window
    heard, probed, failed = (moment if moment is None else min(moment, now) for moment in moments)
    return replace(window, heard_at=heard, probed_at=probed, last_error_at=failed)
