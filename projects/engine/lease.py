"""Leases this process holds: renewed together, trusted for a while, and stopped when they are gone."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable
from typing import Literal

from django.db.models import Case, F, QuerySet, When

from autodev.contracts.ports import Cancelled, Fenced
from autodev.lib import clock
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from projects.engine.timing import LEASE_S, TRUST_S
from projects.models import Task
from projects.states import BuildState, TaskState

Reason = Literal["lost", "cancelled", "shutdown"]


class Lease:
    """The right to run a task at an epoch. `cancel` is set when it ends early: it kills the task's sandbox and
    coroutine."""

    def __init__(self, *, task_id: uuid.UUID, epoch: int, started_at: float) -> None:
        self.task_id = task_id
        self.epoch = epoch
        self.cancel = threading.Event()
        self.reason: Reason | None = None
        self.ended_at: float | None = None
        self._trusted_until = started_at + TRUST_S
        self._lock = threading.Lock()
        self._progressed = False

    @property
    def key(self) -> tuple[uuid.UUID, int]:
        return self.task_id, self.epoch

    def renewed(self, started_at: float) -> None:
        """Trust counts from the start of the renewal: the answer may have been long on its way."""
        self._trusted_until = max(self._trusted_until, started_at + TRUST_S)

    def saw_progress(self) -> None:
        """Notes a sign of progress for the next heartbeat. Costs nothing; from any thread."""
        self._progressed = True

    def take_progress(self) -> bool:
        """Whether there was a sign of progress since the last call."""
        seen, self._progressed = self._progressed, False
        return seen

    def is_trusted(self) -> bool:
        """Whether others leave the task to us for sure. Monotonic time; never asks the database."""
        return clock.monotonic() < self._trusted_until

    def end(self, reason: Reason) -> None:
        """Stops the work; the first reason stays, but a lost lease overrides a shutdown, for nothing may be written
        then."""
        with self._lock:
            if self.reason is None or (self.reason == "shutdown" and reason != "shutdown"):
                self.reason = reason
            self.ended_at = self.ended_at or clock.monotonic()
            self.cancel.set()

    def check(self) -> None:
        """Raises Cancelled or Fenced where the work must stop."""
        if not self.is_trusted():
            self.end("lost")
        if self.reason == "lost":
            raise Fenced(f"the lease of task {self.task_id} at epoch {self.epoch} is lost")
        if self.reason is not None:
            raise Cancelled(shutdown=self.reason == "shutdown")


class HeldLeases:
    """The leases of one incarnation."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._lock = threading.Lock()
        self._held: dict[tuple[uuid.UUID, int], Lease] = {}

    def add(self, lease: Lease) -> None:
        with self._lock:
            self._held[lease.key] = lease

    def remove(self, lease: Lease) -> None:
        with self._lock:
            self._held.pop(lease.key, None)

    def all(self) -> list[Lease]:
        with self._lock:
            return list(self._held.values())

    def renew(self) -> None:
        """The heartbeat: one UPDATE for all leases. What it did not reach any more is lost. Raises OperationalError;
        trust then runs out by itself."""
        held = self.all()
        if not held:
            return
        started_at = clock.monotonic()
        failpoint("lease.renew")
        mine = self._running(held)
        moved = [lease.task_id for lease in held if lease.take_progress()]
        progress = Case(When(pk__in=moved, then=db_now()), default=F("progress_at")) if moved else F("progress_at")

        def extend() -> set[tuple[uuid.UUID, int]]:
            mine.update(lease_expires_at=db_now(plus_s=LEASE_S), progress_at=progress)
            return set(mine.values_list("pk", "epoch"))

        reached = write(extend, patience_s=TRUST_S / 5)
        for lease in held:
            if lease.key in reached:
                lease.renewed(started_at)
        self._end_missing(held, reached)

    def look(self) -> None:
        """Finds leases that others took or cancelled since the last beat, without writing."""
        held = self.all()
        if held:
            self._end_missing(held, set(self._running(held).values_list("pk", "epoch")))

    def expire(self) -> None:
        """Ends leases whose trust ran out. Never asks the database: it works while the heartbeat hangs."""
        for lease in self.all():
            if not lease.is_trusted():
                lease.end("lost")

    def _running(self, held: Iterable[Lease]) -> QuerySet[Task]:
        ids = [lease.task_id for lease in held]
        return Task.objects.filter(pk__in=ids, lease_owner=self.owner, state=TaskState.RUNNING)

    def _end_missing(self, held: Iterable[Lease], reached: set[tuple[uuid.UUID, int]]) -> None:
        missing = [lease for lease in held if lease.key not in reached]
        if not missing:
            return
        states = dict(Task.objects.filter(pk__in=[x.task_id for x in missing]).values_list("pk", "build__state"))
        for lease in missing:
            lease.end("cancelled" if states.get(lease.task_id) == BuildState.CANCELLED else "lost")
