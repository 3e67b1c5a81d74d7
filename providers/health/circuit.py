"""The state of one circuit breaker with its window, as it stands in a Breaker row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from providers.health.stored import window_json, window_of
from providers.health.window import Window
from providers.states import BreakerState


class BreakerRow(Protocol):
    """What is read of a Breaker row."""

    state: str
    opened_at: dt.datetime | None
    until: dt.datetime | None
    ejections: int
    failure_kind: str
    reason: str
    probe_owner: str
    probe_until: dt.datetime | None
    good: int
    closed_at: dt.datetime | None
    health: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """A closed breaker that awaits its confirming probe. `trigger` is `immediate` where a failure waits for its next
    witness, `threshold` or `preventive` where one was crossed; only those two open at the first bad probe."""

    trigger: str
    reason: str
    kind: str
    since: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """The columns of Breaker by their names, the window, and two things kept beside it in `health`: the suspicion, and
    `acquitted`, the number of samples when the last confirming probe was good."""

    state: BreakerState = BreakerState.CLOSED
    opened_at: dt.datetime | None = None
    until: dt.datetime | None = None
    ejections: int = 0
    failure_kind: str = ""
    reason: str = ""
    probe_owner: str = ""
    probe_until: dt.datetime | None = None
    good: int = 0
    closed_at: dt.datetime | None = None
    window: Window = field(default_factory=Window)
    suspicion: Suspicion | None = None
    acquitted: int | None = None

    def with_work(self, *, passed: bool) -> Circuit:
        """Whether the work that one of its answers led to passed its checks."""
        return replace(self, window=self.window.with_work(passed=passed))

    def columns(self) -> dict[str, Any]:
        """The values for the Breaker row, without its key and version."""
        return {
            "state": self.state.value,
            "opened_at": self.opened_at,
            "until": self.until,
            "ejections": self.ejections,
            "failure_kind": self.failure_kind,
            "reason": self.reason,
            "probe_owner": self.probe_owner,
            "probe_until": self.probe_until,
            "good": self.good,
            "closed_at": self.closed_at,
            "health": self.health_json(),
        }

    def health_json(self) -> dict[str, Any]:
        document = window_json(self.window)
        if self.acquitted is not None:
            document["acquitted"] = self.acquitted
        if self.suspicion is not None:
            one = self.suspicion
            document["suspicion"] = [one.trigger, one.reason, one.kind, one.since.timestamp()]
        return document


def circuit_of(row: BreakerRow) -> Circuit:
    """The circuit that a row holds."""
    return Circuit(
        state=BreakerState(row.state),
        opened_at=row.opened_at,
        until=row.until,
        ejections=row.ejections,
        failure_kind=row.failure_kind,
        reason=row.reason,
        probe_owner=row.probe_owner,
        probe_until=row.probe_until,
        good=row.good,
        closed_at=row.closed_at,
        window=window_of(row.health),
        suspicion=_suspicion_of(row.health),
        acquitted=row.health.get("acquitted"),
    )


def _suspicion_of(health: Mapping[str, Any]) -> Suspicion | None:
    if "suspicion" not in health:
        return None
    trigger, reason, kind, since = health["suspicion"]
    return Suspicion(trigger=trigger, reason=reason, kind=kind, since=dt.datetime.fromtimestamp(since, tz=dt.UTC))
