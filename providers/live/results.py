"""What happened at providers, and what it makes of their circuits. Pure.

A circuit is that of a provider, or of one of its keys where it has several: then a bad key speaks against that key
only.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace

from providers.failures.kinds import FailureKind, Whom
from providers.failures.signal import Failure
from providers.health import breaker
from providers.health.breaker import Transition
from providers.health.circuit import Circuit, Suspicion
from providers.health.settings import HealthSettings
from providers.health.triggers import THRESHOLD
from providers.kinds.agents import is_agent_kind
from providers.states import BreakerState
from providers.targets import Key, Target

CircuitId = tuple[uuid.UUID, str]
"""Id of the provider and name of the key; the name is empty for the provider's own circuit."""

# What tells of the machines behind a provider, which others of the same upstream stand on too.
OF_THE_UPSTREAM = {
    FailureKind.UNAVAILABLE,
    FailureKind.CONNECTION,
    FailureKind.OVERLOADED,
    FailureKind.TIMEOUT,
}


@dataclass(frozen=True, kw_only=True)
class Succeeded:
    at: dt.datetime
    first_token_ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class Failed:
    at: dt.datetime
    failure: Failure
    started_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Probed:
    """`failure` None is a good probe. `owner` holds the reservation."""

    at: dt.datetime
    failure: Failure | None
    owner: str


@dataclass(frozen=True, kw_only=True)
class Worked:
    """Whether the work that an answer led to passed its checks."""

    passed: bool


@dataclass(frozen=True, kw_only=True)
class Reset:
    """A person, or a new key, closes it."""

    at: dt.datetime


Result = Succeeded | Failed | Probed | Worked | Reset
Results = Sequence[tuple[CircuitId, Result]]


@dataclass(frozen=True, kw_only=True)
class Member:
    """A provider as the others of its workspace see it. `keys` are those that have circuits of their own: none where
    there is only one. `usable`: it has what it needs to be asked. `program`: an agent program, which stands in for no
    model, nor a model for it."""

    id: uuid.UUID
    name: str
    keys: tuple[str, ...] = ()
    usable: bool = True
    emergency: bool = False
    upstream: str = ""
    program: bool = False


def members(targets: Iterable[Target]) -> tuple[Member, ...]:
    return tuple(
        Member(
            id=one.id,
            name=one.name,
            keys=tuple(key.name for key in one.keys) if len(one.keys) > 1 else (),
            usable=bool(one.keys) or not one.needs_key,
            emergency=one.emergency,
            upstream=one.upstream,
            program=is_agent_kind(one.kind),
        )
        for one in targets
    )


def circuit_of_failure(target: Target, key: Key | None, failure: Failure) -> CircuitId:
    """The key's circuit where another key may help and there is one, else the provider's."""
    if key is not None and len(target.keys) > 1 and failure.traits.whom is Whom.OTHER_KEY:
        return target.id, key.name
    return target.id, ""


def circuits_of_success(target: Target, key: Key | None) -> tuple[CircuitId, ...]:
    if key is not None and len(target.keys) > 1:
        return (target.id, ""), (target.id, key.name)
    return ((target.id, ""),)


def fold(
    circuits: MutableMapping[CircuitId, Circuit],
    results: Results,
    fleet: Sequence[Member],
    settings: HealthSettings,
) -> list[tuple[CircuitId, Transition]]:
    """Applies the results in their order and gives what each one did. Those of providers that are no longer there are
    passed over."""
    known = {member.id: member for member in fleet}
    done: list[tuple[CircuitId, Transition]] = []
    for place, result in results:
        if place[0] not in known:
            continue
        transition = apply(
            circuits.get(place, Circuit()), result, settings, last_one=is_last_one(place, circuits, fleet)
        )
        circuits[place] = transition.circuit
        done.append((place, transition))
        if transition.opened and isinstance(result, Failed | Probed) and result.failure is not None:
            done += _suspect_siblings(circuits, known[place[0]], fleet, result.failure, result.at)
    return done


def apply(circuit: Circuit, result: Result, settings: HealthSettings, *, last_one: bool) -> Transition:
    match result:
        case Succeeded():
            return breaker.on_success(
                circuit, result.at, settings, first_token_ms=result.first_token_ms, last_one=last_one
            )
        case Failed():
            return breaker.on_failure(
                circuit, result.failure, result.at, settings, last_one=last_one, started_at=result.started_at
            )
        case Probed():
            return breaker.on_probe_result(
                circuit, result.failure, result.at, settings, owner=result.owner, last_one=last_one
            )
        case Worked():
            return Transition(circuit=circuit.with_work(passed=result.passed))
        case Reset():
            return breaker.reset(circuit, result.at)


def is_last_one(place: CircuitId, circuits: Mapping[CircuitId, Circuit], fleet: Sequence[Member]) -> bool:
    """Whether without this circuit nobody would be left to ask, the emergency provider not counted."""
    provider_id, key_name = place
    programs = {member.id for member in fleet if member.program}
    if provider_id in programs:
        return False  # our own agent can always work in its place
    for member in fleet:
        if member.emergency or not member.usable or member.program:
            continue
        if member.id != provider_id:
            left = _answers(member, circuits)
        else:
            others = [other for other in member.keys if other != key_name]
            left = bool(key_name) and _closed(circuits, (provider_id, "")) and _any_closed(circuits, member, others)
        if left:
            return False
    return True


def _answers(member: Member, circuits: Mapping[CircuitId, Circuit]) -> bool:
    if not _closed(circuits, (member.id, "")):
        return False
    return not member.keys or _any_closed(circuits, member, member.keys)


def _any_closed(circuits: Mapping[CircuitId, Circuit], member: Member, keys: Iterable[str]) -> bool:
    return any(_closed(circuits, (member.id, name)) for name in keys)


def _closed(circuits: Mapping[CircuitId, Circuit], place: CircuitId) -> bool:
    circuit = circuits.get(place)
    return circuit is None or circuit.state is BreakerState.CLOSED


def _suspect_siblings(
    circuits: MutableMapping[CircuitId, Circuit],
    opened: Member,
    fleet: Iterable[Member],
    failure: Failure,
    at: dt.datetime,
) -> list[tuple[CircuitId, Transition]]:
    """Those with the same upstream are asked for one confirming probe each."""
    found: list[tuple[CircuitId, Transition]] = []
    if not opened.upstream or failure.kind not in OF_THE_UPSTREAM:
        return found
    reason = f"{opened.name}, on the same upstream, is down"
    for member in fleet:
        place = (member.id, "")
        circuit = circuits.get(place, Circuit())
        if member.id == opened.id or member.upstream != opened.upstream or circuit.state is not BreakerState.CLOSED:
            continue
        if circuit.suspicion is None:
            suspicion = Suspicion(trigger=THRESHOLD, reason=reason, kind=failure.kind.value, since=at)
            circuits[place] = replace(circuit, suspicion=suspicion)
            moved = Transition(
                circuit=circuits[place], moved=True, ask_probe=True, trigger=suspicion.trigger, reason=reason
            )
            found.append((place, moved))
    return found
