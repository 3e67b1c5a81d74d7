"""What every engine does on its own host beside its work, whether there is a broker or not. In a thread of its own: a
slow disk or a mail server that hangs must not delay the poll."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings

from autodev.events.sender import send_due
from autodev.lib import clock
from autodev.lib.db import drop_broken_connection, own_connections
from projects.engine.agreement import check_everything, check_recent
from projects.engine.alerts import watch_disk
from projects.engine.incarnation import host_name, run_folder
from projects.engine.janitor import clean_up, collect_layers

log = logging.getLogger(__name__)
LOOK_S = 2.0


@dataclass(frozen=True, slots=True)
class Chore:
    """Done at the engine's start and then every `every_s` seconds. Each is safe to do twice, at once or half."""

    name: str
    every_s: float
    do: Callable[[], object]


def send_without_broker() -> int:
    """Sends what is due where no beat does it; gives how many were sent."""
    return 0 if settings.REDIS_URL else send_due()


CHORES = (
    Chore("deliveries", 5.0, send_without_broker),
    Chore("disk", 5.0, watch_disk),
    Chore("everything", 3600.0, check_everything),
    Chore("reconcile", 300.0, check_recent),
    Chore("janitor", 300.0, clean_up),
    Chore("layers", 3600.0, collect_layers),
)


_registered: list[Chore] = []


def register_chore(chore: Chore) -> None:
    """Adds a chore of an upper floor, for engines that start from now on."""
    if chore not in _registered:
        _registered.append(chore)


class Housekeeping:
    """Remembers what is due when."""

    def __init__(self, chores: tuple[Chore, ...] | None = None) -> None:
        self._chores = (*CHORES, *_registered) if chores is None else chores
        self._next: dict[str, float] = {}

    def run(self, stopped: threading.Event) -> None:
        """Does what is due until `stopped`; the body of a thread."""
        with own_connections():
            while not stopped.is_set():
                self.round(stopped)
                stopped.wait(LOOK_S)

    def round(self, stopped: threading.Event) -> None:
        """Each due chore once; none where another process of this host is at it. An error of one is logged and does
        not keep the others from their turn."""
        due = [chore for chore in self._chores if clock.monotonic() >= self._next.get(chore.name, 0.0)]
        if not due:
            return
        with _alone_on_this_host() as alone:
            for chore in due if alone else ():
                if stopped.is_set():
                    return
                self._next[chore.name] = clock.monotonic() + chore.every_s
                try:
                    chore.do()
                except Exception:
                    log.exception("housekeeping.failed", extra={"chore": chore.name})
                    drop_broken_connection()


@contextlib.contextmanager
def _alone_on_this_host() -> Iterator[bool]:
    folder = run_folder()
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / f"housekeeping-{host_name()}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(lock)
