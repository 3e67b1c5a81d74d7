"""What this process knows of all workspaces that it serves, and how it shares it with the other processes.

Everything that touches the database is in `load_now`, `write_failures`, `flush`, `poll` and `run_later`; a thread calls
them (`providers.live.poller`), a test calls them by hand. The rest only looks at memory and may be called on an event
loop.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from django.db import InterfaceError, OperationalError

from autodev.lib import clock
from autodev.lib.db import is_transient, own_connections
from providers.failures.signal import Failure
from providers.health.breaker import Transition
from providers.health.circuit import Circuit
from providers.health.setback import APART_S
from providers.health.settings import HealthSettings
from providers.health.window import counts_for_health
from providers.live import owner, reservations, store, versions
from providers.live.known import Known
from providers.live.pressure import budgets_of
from providers.live.results import (
    CircuitId,
    Failed,
    Probed,
    Result,
    Succeeded,
    circuit_of_failure,
    circuits_of_success,
)
from providers.live.snapshot import take
from providers.live.versions import Versions
from providers.live.view import WorkspaceView
from providers.states import BreakerState
from providers.targets import Key, Target

FORGOTTEN_AFTER_S = 3600.0
BUDGETS_EVERY_S = 2.0
KEPT_S = 3600.0
log = logging.getLogger(__name__)


def _nothing() -> None:
    """Nobody waits for what happens here."""


class LiveState:
    """`wake` is called when something should be written at once."""

    def __init__(self, *, wake: Callable[[], None] = _nothing) -> None:
        self.wake = wake
        self._lock = threading.RLock()
        self._database = threading.RLock()  # one at a time writes or reads again, so that nothing is written twice
        self._known: dict[uuid.UUID, Known] = {}
        self._later: deque[tuple[Callable[[], object], float]] = deque()
        self._seen = Versions(config=-1, health=-1, now=0.0)
        self._seen_at = clock.monotonic()
        self._budgets_at = clock.monotonic()

    def now(self) -> float:
        """Seconds since the epoch by the database's clock, as it was at the last look and went on since."""
        if not self._seen.now:
            return clock.utcnow().timestamp()
        return self._seen.now + clock.monotonic() - self._seen_at

    def moment(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self.now(), tz=dt.UTC)

    def view(self, workspace_id: uuid.UUID) -> WorkspaceView | None:
        """The present view, None where this process has none of the workspace yet."""
        known = self._known.get(workspace_id)
        if known is None:
            return None
        known.used_at = clock.monotonic()
        return known.view

    async def load(self, workspace_id: uuid.UUID) -> WorkspaceView:
        """As `view`; where there is none it is made, on another thread."""
        found = self.view(workspace_id)
        if found is not None:
            return found
        return await asyncio.to_thread(self._load_apart, workspace_id)

    def load_now(self, workspace_id: uuid.UUID) -> WorkspaceView:
        """As `load`, on this thread."""
        found = self.view(workspace_id)
        if found is not None:
            return found
        at = versions.read()
        self._saw(at, known=False)
        fresh = Known(take(workspace_id, at), store.load([workspace_id])[workspace_id], at.now)
        with self._lock:
            known = self._known.setdefault(workspace_id, fresh)
        self.wake()
        return known.view

    def _load_apart(self, workspace_id: uuid.UUID) -> WorkspaceView:
        with own_connections():
            return self.load_now(workspace_id)

    def asked(self, target: Target) -> None:
        """A call goes there now."""
        known = self._known.get(target.workspace_id)
        if known is not None:
            known.asked[target.id] = clock.monotonic()

    async def may_try(self, target: Target, key: Key | None) -> CircuitId | None:
        """The circuit that the caller may try now though it is not closed: the provider's own, or where that is well
        the key's. None where it is too early, where another caller or prober of any process does, and while the
        database is away."""
        known = self._known.get(target.workspace_id)
        if known is None:
            return None
        place = (target.id, "")
        if known.local.get(place, Circuit()).state is BreakerState.CLOSED and key is not None:
            place = (target.id, key.name)
        mine = await asyncio.to_thread(_reserved, place, known.snapshot.health)
        return place if mine else None

    def tried(self, target: Target, place: CircuitId, failure: Failure | None) -> None:
        """How the call ended that `may_try` let through: it counts as the probe."""
        self.happened(target.workspace_id, place, Probed(at=self.moment(), failure=failure, owner=owner.name()))

    def succeeded(self, *, target: Target, key: Key | None, first_token_ms: float | None, total_ms: float) -> None:
        """A call ended well. It counts here at once, elsewhere within about a second. `total_ms` is for the ledger; the
        health of a provider is how soon it begins to answer."""
        result = Succeeded(at=self.moment(), first_token_ms=first_token_ms)
        for place in circuits_of_success(target, key):
            self.happened(target.workspace_id, place, result)

    def failed(
        self,
        *,
        target: Target,
        key: Key | None,
        failure: Failure,
        first_token_ms: float | None = None,
        total_ms: float = 0.0,
    ) -> None:
        """A call failed, `total_ms` after it began. It counts here at once, elsewhere as soon as it is written."""
        now = self.moment()
        started_at = now - dt.timedelta(milliseconds=total_ms)
        result = Failed(at=now, failure=failure, started_at=started_at)
        self.happened(target.workspace_id, circuit_of_failure(target, key, failure), result)

    def happened(self, workspace_id: uuid.UUID, place: CircuitId, result: Result) -> None:
        """Anything that changes a circuit. What only says something later may wait for the next look."""
        urgent = not isinstance(result, Succeeded) and not (
            isinstance(result, Failed) and not counts_for_health(result.failure.kind)
        )
        with self._lock:
            known = self._known.get(workspace_id)
            if known is None:
                return  # nobody here has asked for it: there is no call that this could be of
            known.happened(place, result, self.now(), urgent=urgent)
        if urgent:
            self.wake()

    def served(self, workspace_id: uuid.UUID, task_kind: str, provider: str, order: tuple[str, ...] = ()) -> None:
        """Who was chosen for a kind of task, and in which chain."""
        with self._lock:
            known = self._known.get(workspace_id)
            if known is not None:
                known.served(task_kind, provider, self.now(), order)

    def later(self, write: Callable[[], object]) -> None:
        """Something small to write that nobody waits for. While the database is away it is kept, for an hour."""
        self._later.append((write, clock.monotonic() + KEPT_S))
        self.wake()

    def workspaces(self) -> list[Known]:
        with self._lock:
            return list(self._known.values())

    def write_failures(self) -> list[tuple[CircuitId, Transition]]:
        """Writes what is pending of the workspaces in which something failed."""
        return self._each([known for known in self.workspaces() if known.urgent])

    def flush(self) -> None:
        """Writes everything that is pending."""
        self._each([known for known in self.workspaces() if known.pending])

    def _each(self, waiting: list[Known]) -> list[tuple[CircuitId, Transition]]:
        """What cannot be written of one workspace, the defect of its rows for instance, holds up no other one. Raises
        OperationalError where it is the database that is away."""
        done: list[tuple[CircuitId, Transition]] = []
        for known in waiting:
            try:
                done += self._write(known)
            except (OperationalError, InterfaceError):
                raise
            except Exception:
                log.exception("provider.health_not_written", extra={"workspace": str(known.workspace_id)})
        return done

    def run_later(self) -> None:
        """Raises OperationalError where the database is away."""
        while self._later:
            write, until = self._later.popleft()
            try:
                write()
            except Exception as error:
                away = isinstance(error, OperationalError | InterfaceError) and is_transient(error)
                if away and clock.monotonic() < until:
                    self._later.append((write, until))  # not in front of the others, should it be its own fault
                    raise
                log.exception("provider.write_failed")

    def poll(self) -> None:
        """Looks whether another process wrote something, and reads it."""
        at = versions.read()
        health_moved = at.health != self._seen.health
        jumped = bool(self._seen.now) and abs(at.now - self.now()) > APART_S
        self._saw(at)
        self._forget_unused()
        for known in self.workspaces():
            if known.snapshot.view.config_version != at.config:
                self._reconfigure(known, at)
        if health_moved:
            self._read_circuits(at)
        if jumped:
            self._see_anew()
        if clock.monotonic() - self._budgets_at >= BUDGETS_EVERY_S:
            self._read_budgets()

    def _write(self, known: Known) -> list[tuple[CircuitId, Transition]]:
        with self._database:
            with self._lock:
                results = known.taken()
                fleet, settings = known.snapshot.fleet, known.snapshot.health
            try:
                done = store.record(known.workspace_id, results, fleet, settings)
            except Exception:
                with self._lock:
                    known.urgent = True
                raise
            with self._lock:
                known.written(len(results), done.circuits, done.health, self.now())
        return list(done.transitions)

    def _read_circuits(self, at: Versions) -> None:
        with self._database:
            known_circuits = {known.workspace_id: known.stored for known in self.workspaces()}
            for workspace_id, circuits in store.refresh(known_circuits).items():
                with self._lock:
                    self._known[workspace_id].refreshed(circuits, at.health, self.now())

    def _see_anew(self) -> None:
        """The database's clock was set: what was seen of moments was seen by another clock."""
        log.warning("provider.clock_set")
        with self._lock:
            for known in self._known.values():
                known.refreshed(known.stored, known.view.health_version, self.now())

    def _reconfigure(self, known: Known, at: Versions) -> None:
        try:
            snapshot = take(known.workspace_id, at)
        except ValueError:
            # What a row says is not understood: the workspace goes on with what it had.
            log.exception("provider.config_broken", extra={"workspace": str(known.workspace_id)})
            view = replace(known.snapshot.view, config_version=at.config)
            snapshot = replace(known.snapshot, view=view)
        with self._lock:
            known.reconfigured(snapshot, self.now())

    def _read_budgets(self) -> None:
        self._budgets_at = clock.monotonic()
        for workspace_id, budgets in budgets_of([one.workspace_id for one in self.workspaces()], self.now()).items():
            with self._lock:
                self._known[workspace_id].budgeted(budgets)

    def _forget_unused(self) -> None:
        with self._lock:
            for known in list(self._known.values()):
                quiet = all(one.state is BreakerState.CLOSED for one in known.local.values())
                if known.idle_s() > FORGOTTEN_AFTER_S and quiet and not known.pending:
                    del self._known[known.workspace_id]

    def _saw(self, at: Versions, *, known: bool = True) -> None:
        """`known` false: only the time; other workspaces are not read up to there."""
        self._seen_at = clock.monotonic()
        self._seen = at if known else Versions(self._seen.config, self._seen.health, at.now)


def _reserved(place: CircuitId, settings: HealthSettings) -> bool:
    with own_connections():
        try:
            return reservations.reserve(place, owner=owner.name(), settings=settings)
        except (OperationalError, InterfaceError):
            log.warning("provider.trial_not_reserved", exc_info=True)
            return False
