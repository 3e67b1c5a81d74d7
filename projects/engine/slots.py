"""Slot threads: claim, run, claim again until there is nothing; then wait for the bell."""

from __future__ import annotations

import logging
import threading
import uuid

from autodev.lib import clock
from autodev.lib.db import drop_broken_connection, own_connections
from projects.engine.claim import claim
from projects.engine.doorbell import Bell
from projects.engine.execute import execute
from projects.engine.lease import HeldLeases, Lease
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
        self._owed: list[tuple[uuid.UUID, int]] = []

    def run(self) -> None:
        with own_connections():
            while not self._stopping.is_set():
                seen = self._bell.rings
                try:
                    self._give_back()
                    worked = self.work_one()
                except Exception:
                    log.exception("slot.round_failed")
                    drop_broken_connection()
                    self._stopping.wait(AFTER_ERROR_S)
                    continue
                if not worked:
                    self._bell.wait(seen, timeout_s=3600)

    def _give_back(self) -> None:
        """Tasks whose end could not be written because the database was away: free again, no crash counted."""
        while self._owed:
            revoke_own(*self._owed[-1])
            self._owed.pop()

    def work_one(self) -> bool:
        """Claims and runs one task; False where nothing was ready."""
        started_at = clock.monotonic()
        claimed = claim(self._leases.owner, build_id=self._build_id)
        if claimed is None:
            return False
        lease = Lease(task_id=claimed.task.pk, epoch=claimed.epoch, started_at=started_at)
        self._leases.add(lease)
        try:
            if self._stopping.is_set():
                lease.end("shutdown")
            execute(claimed, lease)
        except Exception:
            self._owed.append(lease.key)
            raise
        finally:
            self._leases.remove(lease)
        return True
