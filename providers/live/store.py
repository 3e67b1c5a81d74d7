"""Breaker rows: read for several workspaces at once, changed for one in one short transaction."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from autodev.lib import rows
from autodev.lib.db import write
from providers import told
from providers.health.breaker import Transition
from providers.health.circuit import Circuit, circuit_of
from providers.health.setback import set_back
from providers.health.settings import HealthSettings
from providers.live import versions
from providers.live.results import CircuitId, Member, Results, fold
from providers.models import Breaker, Provider

PATIENCE_S = 5.0


class Lost(Exception):
    """Another writer came between; the change is made again from what the row is now."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A circuit as its row holds it; `version` 0 and `id` None where there is no row yet."""

    circuit: Circuit
    version: int = 0
    id: uuid.UUID | None = None


Circuits = dict[CircuitId, Stored]


@dataclass(frozen=True, kw_only=True)
class Written:
    """All circuits of the workspace after a write, the version of health, and what the results did."""

    circuits: Circuits
    health: int
    transitions: Sequence[tuple[CircuitId, Transition]]


def load(workspace_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Circuits]:
    """Every circuit of these workspaces."""
    found: dict[uuid.UUID, Circuits] = {one: {} for one in workspace_ids}
    rows_of = Breaker.objects.filter(provider__workspace_id__in=found).select_related("provider")
    for row in rows_of.only(*(field.name for field in Breaker._meta.concrete_fields), "provider__workspace_id"):  # noqa: SLF001 - Django's public name for it
        found[row.provider.workspace_id][(row.provider_id, row.key_name)] = _stored(row)
    return found


def refresh(known: Mapping[uuid.UUID, Circuits]) -> dict[uuid.UUID, Circuits]:
    """The workspaces whose circuits are no longer those that are known, with all of their circuits. One query of
    numbers; a second one where something changed."""
    stamps: dict[uuid.UUID, dict[CircuitId, int]] = defaultdict(dict)
    numbers = Breaker.objects.filter(provider__workspace_id__in=list(known))
    for workspace_id, provider_id, key_name, version in numbers.values_list(
        "provider__workspace_id", "provider_id", "key_name", "version"
    ):
        stamps[workspace_id][(provider_id, key_name)] = version
    changed = [
        one
        for one, circuits in known.items()
        if stamps[one] != {place: stored.version for place, stored in circuits.items()}
    ]
    return load(changed) if changed else {}


def record(workspace_id: uuid.UUID, results: Results, fleet: Sequence[Member], settings: HealthSettings) -> Written:
    """Writes what happened, from the state that the rows have now. Raises OperationalError where the database stays
    away."""

    def change() -> Written:
        health = versions.raise_health()
        stored = load([workspace_id])[workspace_id]
        now = dt.datetime.fromtimestamp(health.now, tz=dt.UTC)
        circuits = {place: set_back(one.circuit, now) for place, one in stored.items()}
        transitions = fold(circuits, _of_existing(results, stored), fleet, settings)
        for place in sorted({place for place, _ in transitions}):
            stored[place] = save(place, circuits[place], stored.get(place, Stored(circuit=Circuit())), now)
        _tell(workspace_id, transitions, fleet)
        return Written(circuits=stored, health=health.health, transitions=transitions)

    while True:
        try:
            return write(change, patience_s=PATIENCE_S)
        except Lost:
            continue


def save(place: CircuitId, circuit: Circuit, before: Stored, now: dt.datetime) -> Stored:
    """Puts a circuit into its row where that is still as it was read. Raises Lost."""
    values = {**circuit.columns(), "version": before.version + 1, "updated_at": now}
    if before.id is None:
        row = Breaker(provider_id=place[0], key_name=place[1], **values)
        rows.insert(row)
        return Stored(circuit=circuit, version=before.version + 1, id=row.pk)
    if not rows.update(Breaker, {"id": before.id, "version": before.version}, values):
        raise Lost
    return Stored(circuit=circuit, version=before.version + 1, id=before.id)


def _stored(row: Breaker) -> Stored:
    return Stored(circuit=circuit_of(row), version=row.version, id=row.pk)


def _of_existing(results: Results, stored: Circuits) -> Results:
    """Without those of providers that were removed meanwhile."""
    known = {provider_id for provider_id, _ in stored}
    doubtful = {place[0] for place, _ in results} - known
    if doubtful:
        known |= set(Provider.objects.filter(pk__in=doubtful).values_list("pk", flat=True))
    return [(place, result) for place, result in results if place[0] in known]


def _tell(
    workspace_id: uuid.UUID, transitions: Iterable[tuple[CircuitId, Transition]], fleet: Sequence[Member]
) -> None:
    names = {member.id: member.name for member in fleet}
    for (provider_id, key_name), transition in transitions:
        if not (transition.opened or transition.closed):
            continue
        circuit = transition.circuit
        payload = {
            "provider": names[provider_id],
            "key": key_name,
            "failure_kind": circuit.failure_kind,
            "trigger": transition.trigger,
            "reason": transition.reason,
            "until": circuit.until.isoformat() if circuit.until is not None else None,
        }
        kind = "opened" if transition.opened else "closed"
        told.record(type=f"provider.{kind}", workspace_id=workspace_id, payload=payload)
