"""Slot threads: claim, run, claim the next along with the end until there is nothing; then wait for the bell."""

from __future__ import annotations

import logging
import threading
import uuid

from django.db import transaction

from autodev.lib import clock
from autodev.lib.db import drop_broken_connection, own_connections
from autodev.lib.failpoints import failpoint
from projects.engine import disk, outage
from projects.engine.claim import Claimed, claim, claim_along
from projects.engine.doorbell import Bell
from projects.engine.execute import execute
from projects.engine.lease import HeldLeases, Lease
from projects.engine.record import Held
from projects.engine.revoke import revoke_own

log = logging.getLogger(__name__)
AFTER_ERROR_S = 1.0


class Slot(threading.Thread):
    """Runs one task at a time."""

    def __init__(
        self, *, number: int, leases: HeldLeases, bell: Bell, stopping: threading.Event, build_id: uuid.UUID | None
    ) -> None:
        super().__init__(name=f"slot-{number}", daemon=True)
        self._leases = leases
        self._bell = bell
        self._stopping = stopping
        self._build_id = build_id
        self._owed: list[tuple[tuple[uuid.UUID, int], bool]] = []
        self._claimed: list[tuple[Claimed, Lease]] = []

    def run(self) -> None:
        with own_connections():
            while self._claimed or not self._stopping.is_set():
                seen = self._bell.rings
                try:
                    self._give_back()
                    worked = self.work_one()
                except Exception as error:
                    outage.note(error)
                    log.exception("slot.round_failed")
                    drop_broken_connection()
                    self._stopping.wait(AFTER_ERROR_S)
                    continue
                if not worked:
                    self._bell.wait(seen, timeout_s=3600)

    def _give_back(self) -> None:
        """Tasks whose end could not be written because the database was away: free again, no crash counted. Where the
        disk had no room for it they wait."""
        while self._owed:
            (task_id, epoch), full = self._owed[-1]
            revoke_own(task_id, epoch, full=full)
            self._owed.pop()

    def work_one(self) -> bool:
        """Claims and runs a task and those that each end claims along; False where nothing was ready, or the disk has
        no room for more work: the poll rings again."""
        if not self._claimed:
            if disk.is_low():
                return False
            started_at = clock.monotonic()
            claimed = claim(self._leases.owner, build_id=self._build_id)
            if claimed is None:
                return False
            self._hold(claimed, started_at)
        while self._claimed:
            self._work(*self._claimed.pop())
        return True

    def _hold(self, claimed: Claimed, started_at: float) -> None:
        lease = Lease(task_id=claimed.task.pk, epoch=claimed.epoch, started_at=started_at)
        self._leases.add(lease)
        self._claimed.append((claimed, lease))

    def _claim_along(self, held: Held) -> None:
        """In the transaction that ends a task: the next one. It is ours only once that has committed; where a commit's
        answer is lost, its lease runs out."""
        if self._stopping.is_set() or disk.is_low():
            return
        started_at = clock.monotonic()
        claimed = claim_along(self._leases.owner, held, build_id=self._build_id)
        if claimed is not None:
            transaction.on_commit(lambda: self._hold(claimed, started_at))

    def _work(self, claimed: Claimed, lease: Lease) -> None:
        try:
            if self._stopping.is_set():
                lease.end("shutdown")
            execute(claimed, lease, then=self._claim_along)
            if self._claimed:
                failpoint("claim.after")
        except Exception as error:
            full = disk.is_full(error)
            if full:
                disk.saw_full()
            self._owed.append((lease.key, full))
            raise
        finally:
            self._leases.remove(lease)
