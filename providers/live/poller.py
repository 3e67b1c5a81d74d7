"""The one thread of a process that reads and writes the shared state."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from django.db import connection

from autodev.lib import clock
from autodev.lib.db import drop_broken_connection, own_connections
from providers.live.state import LiveState

POLL_S = 0.5
PAUSE_AFTER_ERROR_S = 1.0
log = logging.getLogger(__name__)


class Poller:
    """Looks each half second, and at once where something failed. `after` is what else it does then, by its name."""

    def __init__(self, state: LiveState) -> None:
        self.state = state
        self.after: dict[str, Callable[[], object]] = {}
        self._awake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._next_look = clock.monotonic()
        state.wake = self._awake.set

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="provider-state", daemon=True)
            self._thread.start()

    def stop(self, *, wait_s: float = 5.0) -> None:
        """Writes what is pending and ends the thread."""
        self._stopping = True
        self._awake.set()
        if self._thread is not None:
            self._thread.join(wait_s)
            self._thread = None

    def turn(self) -> None:
        """What the thread does when it wakes up: failures at once, all else at the next look."""
        self.state.write_failures()
        if clock.monotonic() >= self._next_look:
            self._next_look = clock.monotonic() + POLL_S
            self.state.flush()
            self.state.poll()
        self._guarded(self.state.run_later)
        for look in list(self.after.values()):
            self._guarded(look)

    def _run(self) -> None:
        with own_connections():
            while not self._stopping:
                self._awake.clear()
                if not self._guarded(self.turn):
                    self._next_look = clock.monotonic() + PAUSE_AFTER_ERROR_S
                    self._stop_or_wait(PAUSE_AFTER_ERROR_S)
                elif not self._stopping:
                    _give_back()
                    self._awake.wait(max(0.0, self._next_look - clock.monotonic()))
            self._guarded(self.state.flush)
            self._guarded(self.state.run_later)

    def _stop_or_wait(self, seconds: float) -> None:
        end = clock.monotonic() + seconds
        while not self._stopping and clock.monotonic() < end:
            self._awake.wait(max(0.0, end - clock.monotonic()))
            self._awake.clear()

    def _guarded(self, look: Callable[[], object]) -> bool:
        """Whether it went well. Whatever breaks here, the thread goes on: without it the process would be blind."""
        try:
            look()
        except Exception:
            log.exception("provider.state_not_shared")
            drop_broken_connection()
            return False
        return True


def _give_back() -> None:
    """PostgreSQL's connection goes back to the pool between two looks; SQLite's stays with its thread."""
    if connection.vendor != "sqlite":
        connection.close()
