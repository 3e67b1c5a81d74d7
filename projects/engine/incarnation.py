"""An incarnation: one life of a worker process. It holds a flock as long as it lives, so that its host sees its death
at once."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from pathlib import Path

from django.conf import settings

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.models import Incarnation

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def run_folder() -> Path:
    """Where the lock files lie; local to the host."""
    return Path(settings.AUTODEV_DATA) / "run"


def host_name() -> str:
    """This host."""
    return socket.gethostname()[:80]


class Life:
    """This process's incarnation. `name` owns its leases."""

    def __init__(self, *, slots: int) -> None:
        self.name = f"{host_name()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._slots = slots
        self._lock: int | None = None

    def begin(self) -> None:
        """Takes the lock, then writes the row: a row without a lock would be taken for dead."""
        folder = run_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(lock_path(self.name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        os.write(self._lock, boot_id().encode())
        row = {"host": host_name(), "pid": os.getpid(), "slots": self._slots, "last_seen_at": db_now()}
        write(lambda: Incarnation.objects.update_or_create(name=self.name, defaults=row))

    def drain(self) -> None:
        """Says that it takes no more work."""
        write(lambda: Incarnation.objects.filter(name=self.name).update(draining=True))

    def seen(self) -> None:
        """Notes a sign of life."""
        write(lambda: Incarnation.objects.filter(name=self.name).update(last_seen_at=db_now()))

    def end(self) -> None:
        """Says that it stopped in order, and gives the lock back."""
        write(lambda: Incarnation.objects.filter(name=self.name).update(stopped_at=db_now(), draining=True))
        self.give_up_lock()

    def give_up_lock(self) -> None:
        """Closes the lock file; the host then takes the incarnation for dead."""
        if self._lock is not None:
            lock_path(self.name).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


def lock_path(name: str) -> Path:
    """The lock file of an incarnation."""
    return run_folder() / f"{name}.lock"


def is_dead(name: str) -> bool:
    """Whether nobody holds this lock, for sure. A file that is not here says nothing."""
    try:
        file = os.open(lock_path(name), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def boot_id() -> str:
    """Which start of this host it is; "" where the kernel does not say."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


def host_restarted(name: str) -> bool:
    """Whether this host was started again since the incarnation began. Of what ran elsewhere nothing is known."""
    try:
        then = lock_path(name).read_text()
    except OSError:
        return False
    return bool(then) and then != boot_id()


def dead_here() -> list[str]:
    """The incarnations of this host that ended without saying so."""
    names = Incarnation.objects.filter(host=host_name(), stopped_at=None).values_list("name", flat=True)
    return [name for name in names if is_dead(name)]


def bury(name: str) -> None:
    """Notes the end of a dead incarnation."""
    write(lambda: Incarnation.objects.filter(name=name, stopped_at=None).update(stopped_at=db_now()))
    lock_path(name).unlink(missing_ok=True)
