"""A circuit with a clock of its own: what happens to it in which second."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.health import breaker, probes
from providers.health.breaker import Transition
from providers.health.circuit import Circuit
from providers.health.settings import HealthSettings
from providers.states import BreakerState

START = dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)


def failure(kind: FailureKind, *, retry_after_s: float | None = None, message: str = "seen") -> Failure:
    return Failure(kind=kind, message=message, reason="test", retry_after_s=retry_after_s)


@dataclass
class Timeline:
    """`at` is the second; every step keeps the circuit that came of it."""

    settings: HealthSettings = field(default_factory=HealthSettings)
    circuit: Circuit = field(default_factory=Circuit)
    at: float = 0.0
    owner: str = "worker-1"

    @property
    def now(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.at)

    @property
    def state(self) -> BreakerState:
        return self.circuit.state

    def until_s(self) -> float | None:
        """Seconds from now until the breaker may be probed."""
        return None if self.circuit.until is None else (self.circuit.until - self.now).total_seconds()

    def after(self, seconds: float) -> Timeline:
        self.at += seconds
        return self

    def fails(
        self,
        kind: FailureKind,
        *,
        retry_after_s: float | None = None,
        witness: bool = False,
        last_one: bool = False,
        started_s: float | None = None,
    ) -> Transition:
        started = None if started_s is None else START + dt.timedelta(seconds=started_s)
        return self._keep(
            breaker.on_failure(
                self.circuit,
                failure(kind, retry_after_s=retry_after_s),
                self.now,
                self.settings,
                witness=witness,
                last_one=last_one,
                started_at=started,
            )
        )

    def succeeds(self, *, first_token_ms: float | None = 200.0, last_one: bool = False) -> Transition:
        return self._keep(
            breaker.on_success(self.circuit, self.now, self.settings, first_token_ms=first_token_ms, last_one=last_one)
        )

    def probe(
        self, kind: FailureKind | None, *, retry_after_s: float | None = None, last_one: bool = False
    ) -> Transition:
        """Reserves the probe and gives its result."""
        self.circuit = probes.reserve(self.circuit, self.owner, self.now, self.settings)
        bad = None if kind is None else failure(kind, retry_after_s=retry_after_s)
        return self._keep(
            breaker.on_probe_result(self.circuit, bad, self.now, self.settings, owner=self.owner, last_one=last_one)
        )

    def probe_due(self) -> bool:
        return probes.probe_due(self.circuit, self.now, self.settings)

    def suspected(self) -> bool:
        return probes.suspected(self.circuit, self.now, self.settings)

    def _keep(self, transition: Transition) -> Transition:
        self.circuit = transition.circuit
        return transition
