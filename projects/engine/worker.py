"""The engine of a process: slots, heartbeat, poll-and-sweep, and a watchdog that needs no database."""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Callable

from django.db import Error as DatabaseError

from autodev.lib import clock
from autodev.lib.db import drop_broken_connection, own_connections
from projects.engine import alone, doorbell, outage, timing
from projects.engine.claim import something_ready
from projects.engine.housekeeping import Housekeeping
from projects.engine.incarnation import Life
from projects.engine.lease import HeldLeases
from projects.engine.revoke import revoke_own
from projects.engine.slots import Slot
from projects.engine.sweep import revoke_dead, sweep
from projects.models import Build

log = logging.getLogger(__name__)
WATCH_S = 0.5
LOOK_EVERY_S = 0.25  # a bell may say that a task was cancelled, but most say that there is work, which the slots hear
EXIT_STUCK = 70


def exit_process() -> None:
    """Ends the process; whoever supervises it starts a new one."""
    os._exit(EXIT_STUCK)


class Engine:
    """Runs the tasks of a database. `slots` at a time; with `build_id` only those of one build (sweeping is for all).

    `start` returns at once; `stop` gives every task back within its time, no attempt spent.
    """

    def __init__(
        self,
        *,
        slots: int = 2,
        build_id: uuid.UUID | None = None,
        poll_s: float = timing.POLL_S,
        on_stuck: Callable[[], None] = exit_process,
    ) -> None:
        self.life = Life(slots=slots)
        self.leases = HeldLeases(self.life.name)
        self._build_id = build_id
        self._poll_s = poll_s
        self._on_stuck = on_stuck
        self._bell = doorbell.here
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._stop_lock = threading.Lock()
        self._slots = [
            Slot(number=n, leases=self.leases, bell=self._bell, stopping=self._stopping, build_id=build_id)
            for n in range(slots)
        ]
        self._threads = [
            threading.Thread(target=body, name=name, daemon=True)
            for name, body in [
                ("heartbeat", self._beat),
                ("poll-and-sweep", self._poll),
                ("watchdog", self._watch),
                ("housekeeping", lambda: Housekeeping().run(self._stopped)),
            ]
        ]

    def start(self) -> None:
        """Registers this incarnation and starts the threads."""
        self.life.begin()
        if self._build_id is not None:
            alone.begin(self._build_id)
        for thread in [*self._threads, *self._slots]:
            thread.start()
        log.info("engine.started", extra={"incarnation": self.life.name, "slots": len(self._slots)})

    def ring(self) -> None:
        """Look at the table."""
        self._bell.ring()

    def stop(self, timeout_s: float = timing.STOP_S) -> None:
        """Takes no more work, asks the handlers to stop, and gives their tasks back. A handler that is not back in
        time is left behind, fenced. Safe to call twice."""
        if self._stopped.is_set():
            return
        end = clock.monotonic() + timeout_s
        self._stopping.set()
        for lease in self.leases.all():
            lease.end("shutdown")
        self._bell.ring()
        for slot in self._slots:
            if slot.is_alive():
                slot.join(max(0.0, end - clock.monotonic() - timeout_s / 5))
        try:
            for lease in self.leases.all():
                revoke_own(lease.task_id, lease.epoch)
                lease.end("lost")
            self.life.end()
        except DatabaseError:  # the leases run out by themselves
            log.exception("engine.stopped_without_database")
            self.life.give_up_lock()
        self._stopped.set()
        if self._build_id is not None:
            alone.end(self._build_id)
        self._bell.ring()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.1, end - clock.monotonic()))
        log.info("engine.stopped", extra={"incarnation": self.life.name})

    def run_until(self, build_id: uuid.UUID, *, timeout_s: float | None = None) -> Build:
        """Waits for the end of a build and gives it; after `timeout_s` it gives the build as it is."""
        end = None if timeout_s is None else clock.monotonic() + timeout_s
        while True:
            seen = self._bell.rings
            build = Build.objects.get(pk=build_id)
            if build.is_final or (end is not None and clock.monotonic() > end):
                return build
            self._bell.wait(seen, timeout_s=self._poll_s)

    def _beat(self) -> None:
        with own_connections():
            while not self._stopped.wait(timing.BEAT_S):
                self._guarded("heartbeat", self._beat_once)

    def _beat_once(self) -> None:
        self.leases.renew()
        self.life.seen()

    def _poll(self) -> None:
        next_sweep, rang = 0.0, False
        with own_connections():
            while not self._stopped.is_set():
                seen = self._bell.rings
                self._guarded("look", self.leases.look)
                self._guarded("dead", revoke_dead)
                if not rang:
                    self._guarded("poll", self._poll_once)
                if clock.monotonic() >= next_sweep:
                    self._guarded("sweep", sweep)
                    next_sweep = clock.monotonic() + timing.SWEEP_S
                if self._stopped.wait(min(LOOK_EVERY_S, self._poll_s)):
                    return
                rang = self._bell.wait(seen, timeout_s=self._poll_s) != seen

    def _poll_once(self) -> None:
        """Rings where there is work that no bell told a free slot."""
        if len(self.leases.all()) < len(self._slots) and something_ready(build_id=self._build_id):
            self._bell.ring()

    def _watch(self) -> None:
        while not self._stopped.wait(WATCH_S):
            self.leases.expire()
            late = clock.monotonic() - timing.STUCK_S
            if any(
                x.reason in {"lost", "cancelled"} and x.ended_at is not None and x.ended_at < late
                for x in self.leases.all()
            ):
                log.critical("engine.thread_stuck", extra={"incarnation": self.life.name})
                self._on_stuck()
                return

    def _guarded(self, what: str, step: Callable[[], object]) -> None:
        """A thread of the engine outlives any error of one round."""
        try:
            step()
        except Exception as error:
            outage.note(error)
            log.exception("engine.round_failed", extra={"what": what})
            drop_broken_connection()
