"""The one way to write: a short transaction, serialised on SQLite, repeated after a broken connection."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection, connections, transaction

from autodev.lib import clock
from autodev.lib.failpoints import failpoint

T = TypeVar("T")
log = logging.getLogger(__name__)

# What SQLite says when a repetition can help; anything else (no such table, syntax) is a defect and is raised at once.
SQLITE_TRANSIENT = ("locked", "busy", "disk is full", "disk i/o error", "failpoint", "unable to open")
FIRST_DELAY_S = 0.05
LAST_DELAY_S = 2.0


class FifoLock:
    """A lock that serves its waiters in the order in which they came. SQLite's own busy handler polls, so that with 20
    writing threads a heartbeat waited 14 s; in this queue it waits 0.09 s."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiters: deque[threading.Lock] = deque()
        self._held = False

    def __enter__(self) -> None:
        with self._mutex:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiters.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            if self._waiters:
                self._waiters.popleft().release()
            else:
                self._held = False


_sqlite_writers = FifoLock()
_pause: Callable[[float], None] = time.sleep


def write(fn: Callable[[], T], *, landed: Callable[[], T | None] | None = None, patience_s: float = 20.0) -> T:
    """Runs `fn` in one transaction and gives its answer; inside an outer transaction, in a savepoint of it.

    After a broken connection or a lock that did not come it is repeated, for at most `patience_s` seconds. The commit
    may then have happened though the caller saw an error: `landed` looks whether it did and gives the answer, or None.
    Without it `fn` must be safe to run twice (a compare-and-swap is). Raises what `fn` raises, and OperationalError at
    the end.
    """
    if connection.in_atomic_block:
        with transaction.atomic():
            return fn()
    end = clock.monotonic() + patience_s
    delay_s = FIRST_DELAY_S
    while True:
        try:
            return _commit(fn)
        except (OperationalError, InterfaceError) as error:
            drop_broken_connection()
            if not is_transient(error) or clock.monotonic() + delay_s > end:
                raise
            log.warning("database.write_repeated", extra={"error": str(error), "delay_s": delay_s})
        _pause(delay_s)
        delay_s = min(LAST_DELAY_S, 2 * delay_s)
        if landed is not None:
            with contextlib.suppress(OperationalError, InterfaceError):  # still away: the next turn asks again
                answer = landed()
                if answer is not None:
                    return answer


def _commit(fn: Callable[[], T]) -> T:
    turn: AbstractContextManager[None] = _sqlite_writers if connection.vendor == "sqlite" else contextlib.nullcontext()
    with turn, transaction.atomic(durable=True):
        answer = fn()
        failpoint("write.before_commit")
    failpoint("write.after_commit")
    return answer


def is_transient(error: Exception) -> bool:
    """Whether a repetition can help. On PostgreSQL an OperationalError is a lost connection, a deadlock or a
    shutdown."""
    text = str(error).lower()
    return connection.vendor != "sqlite" or any(word in text for word in SQLITE_TRANSIENT)


def drop_broken_connection() -> None:
    """Closes this thread's connection where it is no longer usable, so that the next query opens a fresh one."""
    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


@contextlib.contextmanager
def own_connections() -> Iterator[None]:
    """For the body of a thread: its connections are closed at the end."""
    try:
        yield
    finally:
        connections.close_all()
