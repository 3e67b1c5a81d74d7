"""Probes: small requests that show whether a provider is there. One at a time for a circuit, across all processes.

A confirming probe before a threshold opens a breaker, half-open ones until it closes again, and now and then one to a
provider that nobody called for a while. The right to probe is reserved in the database before the request is sent and
ends by itself where its owner dies.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol

from autodev.lib import aio, clock
from providers.failures.classify import classify
from providers.failures.exceptions import signal_of
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.health.circuit import Circuit
from providers.health.probes import LONGEST_IDLE_S, availability_due, probe_due
from providers.health.settings import HealthSettings
from providers.kinds.agents import is_agent_kind
from providers.live import owner, reservations
from providers.live.known import Known
from providers.live.results import CircuitId, Probed
from providers.live.state import LiveState
from providers.live.view import DrillView
from providers.states import BreakerState
from providers.targets import Key, ModelKind, Target

IN_USE_S = 900.0  # after so long without a call a workspace's providers are left alone
OTHERS_EVERY_S = 5.0
PAUSE_S = 0.5  # between two tries for the same right: by then the state was read again
log = logging.getLogger(__name__)

Kinds = Callable[[str], ModelKind]
Send = Callable[[Coroutine[Any, Any, None]], None]


class Fault(Protocol):
    """Puts a drill's fault between the prober and a kind."""

    def __call__(self, kind: ModelKind, drill: DrillView) -> ModelKind: ...


class Recorder(Protocol):
    """Notes a probe in the ledger, on the thread that writes."""

    def __call__(self, target: Target, key: Key | None, failure: Failure | None, total_ms: float) -> object: ...


def unrecorded(target: Target, key: Key | None, failure: Failure | None, total_ms: float) -> None:
    """For a prober without a ledger."""


class Prober:
    """`kinds` raises LookupError for a kind that completes no messages: such targets are not probed. `send` starts a
    coroutine, by default on the process's event loop. `jitter` (0 to 1) spreads the processes."""

    def __init__(
        self,
        state: LiveState,
        *,
        kinds: Kinds,
        fault: Fault | None = None,
        record: Recorder = unrecorded,
        send: Send = aio.send,
        name: Callable[[], str] = owner.name,
        jitter: float | None = None,
    ) -> None:
        self._state = state
        self._kinds = kinds
        self._fault = fault
        self._record = record
        self._send = send
        self._name = name
        self._jitter = random.random() if jitter is None else jitter  # noqa: S311 - spreads, no secret
        self._tried: dict[CircuitId, float] = {}
        self._others_at = clock.monotonic() - OTHERS_EVERY_S

    def look(self) -> int:
        """Sends every probe that is due and that this process gets the right to. Gives their number."""
        self._adopt()
        sent = 0
        for known in self._state.workspaces():
            for place, target in list(self._due(known)):
                sent += self._try(known, place, target)
        return sent

    def _adopt(self) -> None:
        """Workspaces that nobody here serves are probed too while a breaker of theirs is open: their processes may be
        gone."""
        if clock.monotonic() - self._others_at < OTHERS_EVERY_S:
            return
        self._others_at = clock.monotonic()
        here = {known.workspace_id for known in self._state.workspaces()}
        for workspace_id in reservations.with_open_breakers():
            if workspace_id not in here:
                self._state.load_now(workspace_id)

    def _due(self, known: Known) -> Iterator[tuple[CircuitId, Target]]:
        now, settings = self._state.moment(), known.snapshot.health
        for target in known.view.targets.values():
            if target.emergency or (target.needs_key and not target.keys):
                continue
            names = ["", *(key.name for key in target.keys)] if len(target.keys) > 1 else [""]
            for key_name in names:
                place = (target.id, key_name)
                circuit = known.local.get(place, Circuit())
                due = probe_due(circuit, now, settings) and not self._left_alone(known, circuit, now)
                if due or (not key_name and self._idle(known, target, circuit, now, settings)):
                    yield place, target

    def _left_alone(self, known: Known, circuit: Circuit, now: dt.datetime) -> bool:
        """Where nobody wants it, an open one is looked at now and then only. A call of its workspace ends that."""
        probed_at = circuit.window.probed_at
        unused = known.idle_s() > IN_USE_S and circuit.state is not BreakerState.CLOSED
        return unused and probed_at is not None and now.timestamp() - probed_at < LONGEST_IDLE_S

    def _idle(self, known: Known, target: Target, circuit: Circuit, now: dt.datetime, settings: HealthSettings) -> bool:
        """A call that is on its way there tells more than a probe would."""
        if circuit.window.heard_at is None or known.idle_s() > IN_USE_S:
            return False
        if is_agent_kind(target.kind):
            return False  # to start a program costs seconds of a processor: only an open circuit is worth that
        if known.asked_s(target.id) < settings.monitoring_interval:
            return False
        return availability_due(circuit, now, settings, jitter=self._jitter)

    def _try(self, known: Known, place: CircuitId, target: Target) -> int:
        if clock.monotonic() - self._tried.get(place, float("-inf")) < PAUSE_S:
            return 0
        self._tried[place] = clock.monotonic()
        try:
            kind = self._kinds(target.kind)
        except LookupError:
            return 0
        drill = known.view.drill(target.name, self._state.now())
        if drill is not None and self._fault is not None:
            kind = self._fault(kind, drill)
        mine = reservations.reserve(place, owner=self._name(), settings=known.snapshot.health, jitter=self._jitter)
        if not mine:
            return 0
        self._send(self._probe(known, place, kind, target))
        return 1

    async def _probe(self, known: Known, place: CircuitId, kind: ModelKind, target: Target) -> None:
        key, limit_s = _key_of(known, target, place[1]), known.snapshot.health.api_timeout
        began = clock.monotonic()
        failure: Failure | None = None
        try:
            async with asyncio.timeout(limit_s):
                await kind.probe(target, key)
        except TimeoutError:
            text = f"no answer to a probe within {limit_s:.0f} s"
            failure = Failure(kind=FailureKind.TIMEOUT, message=text, reason="probe_timeout")
        except Exception as error:  # noqa: BLE001 - whatever a kind raises is what the probe found
            failure = classify(signal_of(error), known.view.patterns)
        total_ms = 1000 * (clock.monotonic() - began)
        result = Probed(at=self._state.moment(), failure=failure, owner=self._name())
        self._state.happened(known.workspace_id, place, result)
        self._state.later(lambda: self._record(target, key, failure, total_ms))


def _key_of(known: Known, target: Target, key_name: str) -> Key | None:
    """The key whose circuit it is; for the provider's own circuit the first one that is not known to be bad."""
    for key in target.keys:
        if key.name == key_name:
            return key
    good = [
        key for key in target.keys if known.local.get((target.id, key.name), Circuit()).state is BreakerState.CLOSED
    ]
    return next(iter([*good, *target.keys]), None)
