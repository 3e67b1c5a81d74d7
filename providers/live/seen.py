"""A circuit of `providers.health` as a view shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from providers.health.circuit import Circuit as Stored
from providers.health.metrics import metrics_of
from providers.health.settings import HealthSettings
from providers.live.results import CircuitId, Member
from providers.live.view import Circuit, Quality


def circuit_seen(name: str, circuit: Stored, version: int, now: float, settings: HealthSettings) -> Circuit:
    suspicion, window = circuit.suspicion, circuit.window
    heard = window.heard_at is not None or window.probed_at is not None
    moment = dt.datetime.fromtimestamp(now, tz=dt.UTC)
    return Circuit(
        state=circuit.state,
        version=version,
        until=_seconds(circuit.until),
        opened_at=_seconds(circuit.opened_at),
        closed_at=_seconds(circuit.closed_at),
        ejections=circuit.ejections,
        failure_kind=circuit.failure_kind,
        reason=circuit.reason,
        good=circuit.good,
        probe_until=_seconds(circuit.probe_until),
        suspected_until=None if suspicion is None else suspicion.since.timestamp() + settings.suspicion_s,
        metrics=metrics_of(name, circuit, moment) if heard else None,
        samples=len(window.recent),
        heard_at=window.heard_at,
    )


def circuits_seen(
    circuits: Mapping[CircuitId, Stored],
    versions: Mapping[CircuitId, int],
    fleet: Iterable[Member],
    now: float,
    settings: HealthSettings,
) -> dict[tuple[str, str], Circuit]:
    """By name of provider and key."""
    names = {member.id: member.name for member in fleet}
    return {
        (names[place[0]], place[1]): circuit_seen(names[place[0]], circuit, versions.get(place, 0), now, settings)
        for place, circuit in circuits.items()
        if place[0] in names
    }


def qualities(circuits: Mapping[CircuitId, Stored], fleet: Iterable[Member]) -> dict[str, Quality]:
    """By name of provider, of those whose work was checked."""
    found: dict[str, Quality] = {}
    for member in fleet:
        circuit = circuits.get((member.id, ""))
        if circuit is not None and circuit.window.quality is not None:
            found[member.name] = Quality(checked=circuit.window.quality_samples, share=circuit.window.quality)
    return found


def _seconds(moment: dt.datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
