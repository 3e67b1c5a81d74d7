"""The doorbell: it says "look at the table" and nothing else. A bell that gets lost costs one poll interval."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Bell:
    """Wakes all who wait. Each listener remembers the count it saw, so that a ring between two waits is not missed."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    def ring(self) -> None:
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    @property
    def rings(self) -> int:
        """How often it rang so far."""
        with self._condition:
            return self._rings

    def wait(self, seen: int, timeout_s: float) -> int:
        """Waits until it has rung more than `seen` times, or for `timeout_s`; gives the count."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != seen, timeout=timeout_s)
            return self._rings


class Publisher(threading.Thread):
    """Sends the bell to other processes from a thread of its own: a broker that hangs delays nobody, and any number of
    rings while one message is on its way become one more message."""

    def __init__(self, publish: Callable[[], None]) -> None:
        super().__init__(name="doorbell", daemon=True)
        self.failures = 0
        self._publish = publish
        self._rung = threading.Event()
        self._closed = False

    def ring(self) -> None:
        self._rung.set()

    def close(self) -> None:
        """Ends the thread after what is under way."""
        self._closed = True
        self._rung.set()

    def run(self) -> None:
        while self._rung.wait():
            self._rung.clear()
            if self._closed:
                return
            self.send()

    def send(self) -> None:
        """Publishes once. A broker that is away is counted, never raised: the poll finds the work anyway."""
        try:
            self._publish()
        except Exception as error:  # noqa: BLE001 - whatever the broker's client throws
            self.failures += 1
            log.warning("doorbell.not_published", extra={"error": repr(error), "failures": self.failures})


here = Bell()
_publisher: Publisher | None = None


def set_publisher(publish: Callable[[], None] | None) -> None:
    """How other processes hear the bell; the Celery app sets it. None: only this process hears it."""
    global _publisher  # noqa: PLW0603 - one broker a process
    if _publisher is not None:
        _publisher.close()
    _publisher = None
    if publish is not None:
        _publisher = Publisher(publish)
        _publisher.start()


def ring() -> None:
    """Rings in this process and, where there is a broker, in the others. Returns at once and never raises."""
    here.ring()
    if _publisher is not None:
        _publisher.ring()
