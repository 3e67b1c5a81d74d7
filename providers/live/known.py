"""One workspace in one process: what the database said, and what happened here since."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

from autodev.lib import clock
from providers.health.breaker import Transition
from providers.health.circuit import Circuit
from providers.health.setback import set_back
from providers.live.results import CircuitId, Result, fold
from providers.live.seen import circuit_seen, circuits_seen, qualities
from providers.live.snapshot import Snapshot
from providers.live.store import Circuits
from providers.live.view import BudgetView, Incumbent, WorkspaceView


class Known:
    """`stored` are the circuits as their rows hold them, `local` those with the results of this process that are not
    written yet, which wait in `pending`. `urgent`: a failure is among them. `asked` is when a call last went to a
    provider, by this host's clock. Not thread-safe by itself."""

    def __init__(self, snapshot: Snapshot, stored: Circuits, now: float) -> None:
        self.snapshot = snapshot
        self.stored = stored
        self.local: dict[CircuitId, Circuit] = {}
        self.pending: list[tuple[CircuitId, Result]] = []
        self.urgent = False
        self.asked: dict[uuid.UUID, float] = {}
        self.used_at = clock.monotonic()
        self.view: WorkspaceView = snapshot.view
        self._rebuild(now)

    @property
    def workspace_id(self) -> uuid.UUID:
        return self.snapshot.view.workspace_id

    def happened(self, place: CircuitId, result: Result, now: float, *, urgent: bool) -> None:
        """Counts at once in this process; the database gets it with the next write."""
        self.pending.append((place, result))
        self.urgent = self.urgent or urgent
        self._show(fold(self.local, [(place, result)], self.snapshot.fleet, self.snapshot.health), now)

    def taken(self) -> list[tuple[CircuitId, Result]]:
        """What is to be written now; it goes on counting here."""
        self.urgent = False
        return list(self.pending)

    def written(self, number: int, stored: Circuits, health: int, now: float) -> None:
        """So many of the pending results are in these rows."""
        del self.pending[:number]
        self.refreshed(stored, health, now)

    def refreshed(self, stored: Circuits, health: int, now: float) -> None:
        """The rows were read again."""
        self.stored = stored
        self.snapshot = replace(self.snapshot, view=replace(self.snapshot.view, health_version=health))
        self._rebuild(now)

    def reconfigured(self, snapshot: Snapshot, now: float) -> None:
        """What others were chosen since stays: decisions of this process may not be in the database yet."""
        ours = {kind: one for kind, one in self.view.incumbents.items() if one.provider in snapshot.view.targets}
        view = replace(snapshot.view, incumbents={**snapshot.view.incumbents, **ours})
        self.snapshot = replace(snapshot, view=view)
        self._rebuild(now)

    def budgeted(self, budgets: tuple[BudgetView, ...]) -> None:
        self._put(replace(self.snapshot.view, budgets=budgets))

    def asked_s(self, provider_id: uuid.UUID) -> float:
        """Seconds since this process last sent a call there."""
        return clock.monotonic() - self.asked.get(provider_id, float("-inf"))

    def served(self, task_kind: str, provider: str, now: float, order: tuple[str, ...] = ()) -> None:
        """Who serves a kind of task from now on, and the chain in which it was chosen, where they are others than
        before."""
        before = self.view.incumbents.get(task_kind)
        same = before is not None and before.provider == provider
        if before is None or not same or before.order != order:
            since = before.since if before is not None and same else now
            one = Incumbent(provider=provider, since=since, order=order)
            self._put(replace(self.snapshot.view, incumbents={**self.view.incumbents, task_kind: one}))

    def idle_s(self) -> float:
        return clock.monotonic() - self.used_at

    def _put(self, base: WorkspaceView) -> None:
        """A new base under the circuits that are shown."""
        self.snapshot = replace(self.snapshot, view=base)
        self.view = replace(base, circuits=self.view.circuits, quality=self.view.quality)

    def _rebuild(self, now: float) -> None:
        moment = dt.datetime.fromtimestamp(now, tz=dt.UTC)
        self.local = {place: set_back(one.circuit, moment) for place, one in self.stored.items()}
        fold(self.local, self.pending, self.snapshot.fleet, self.snapshot.health)
        versions = {place: one.version for place, one in self.stored.items()}
        seen = circuits_seen(self.local, versions, self.snapshot.fleet, now, self.snapshot.health)
        quality = qualities(self.local, self.snapshot.fleet)
        self.view = replace(self.snapshot.view, circuits=seen, quality=quality)

    def _show(self, transitions: list[tuple[CircuitId, Transition]], now: float) -> None:
        names = {member.id: member.name for member in self.snapshot.fleet}
        circuits = dict(self.view.circuits)
        for place, _ in transitions:
            stored = self.stored.get(place)
            name, version = names[place[0]], 0 if stored is None else stored.version
            circuits[(name, place[1])] = circuit_seen(name, self.local[place], version, now, self.snapshot.health)
        self.view = replace(self.view, circuits=circuits)
