"""One data directory, one running AutoDev."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from autodev.lib.errors import DomainError


class AlreadyRunning(DomainError):
    code = "already_running"
    hint = "Use that one, end it with Ctrl-C where it runs, or give this one another AUTODEV_DATA."


class Instance:
    """The lock that is held while it runs; `publish` tells others where."""

    def __init__(self, file: int) -> None:
        self._file = file

    def publish(self, url: str) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, json.dumps({"pid": os.getpid(), "url": url}).encode(), 0)


@contextlib.contextmanager
def only_one(data: Path) -> Iterator[Instance]:
    """Holds `data`/up.lock; the kernel frees it when the process ends in any way. Raises AlreadyRunning."""
    file = os.open(data / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"AutoDev already runs on {data}{_where(data)}.") from None
        yield Instance(file)
        os.ftruncate(file, 0)
    finally:
        os.close(file)


def running_at(data: Path) -> str | None:
    """The address of the AutoDev that runs on this data, if one does and is ready."""
    try:
        url = json.loads((data / "up.lock").read_text())["url"]
    except (OSError, ValueError, KeyError):
        return None
    return str(url)


def _where(data: Path) -> str:
    url = running_at(data)
    return f" at {url}" if url else ""
