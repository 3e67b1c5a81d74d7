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


here = Bell()
failures = 0
_publish: Callable[[], None] | None = None


def set_publisher(publish: Callable[[], None] | None) -> None:
    """How other processes hear the bell; the Celery app sets it. None: only this process hears it."""
    global _publish  # noqa: PLW0603 - one broker a process
    _publish = publish


def ring() -> None:
    """Rings in this process and, where there is a broker, in the others. A broker that is away is counted, never
    raised."""
    global failures  # noqa: PLW0603 - a counter
    here.ring()
    if _publish is None:
        return
    try:
        _publish()
    except Exception as error:  # noqa: BLE001 - the poll finds the work anyway
        failures += 1
        log.warning("doorbell.not_published", extra={"error": repr(error), "failures": failures})
