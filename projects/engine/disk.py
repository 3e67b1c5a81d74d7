"""Room on the disk: below a mark no slot takes work, and a write that found none is a wait, not a failure."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from autodev.lib import clock
from projects.repository.errors import RepositoryError

REASON = "The disk is full"
ON = "room on the disk"
NUMBERS = frozenset({errno.ENOSPC, errno.EDQUOT})
# What SQLite, PostgreSQL and git say; the last two give the system's words.
WORDS = ("database or disk is full", "no space left on device", "disk quota exceeded")
# A file system with less than this is full, whatever the mark says.
NOTHING_BYTES = 1 << 20
# A write that failed though there seems to be room (a quota, another file system) counts for so long.
REMEMBERED_S = 60.0

_seen_at: float | None = None


class DiskFull(OSError):
    """A write of this task's found no room, at a place that could not raise it."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, REASON)


def is_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind the error, or behind one that it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in NUMBERS:
            return True
        if isinstance(error, DatabaseError | RepositoryError) and any(word in str(error).lower() for word in WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def free_bytes(path: Path) -> int:
    """What unprivileged programs may still write where the path, or its nearest folder that exists, lies; nothing where
    no file can be made any more."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    if found.f_files and not found.f_favail:
        return 0
    return found.f_bavail * found.f_frsize


def least_bytes() -> int:
    """The mark: AUTODEV_MIN_FREE_BYTES."""
    return int(settings.AUTODEV_MIN_FREE_BYTES)


def is_low() -> bool:
    """Whether there is too little room for more work. Costs microseconds."""
    return free_bytes(Path(settings.AUTODEV_DATA)) < least_bytes()


def is_own_limit(workspace: Path | None) -> bool:
    """Whether it is the task's own workspace that is full, a file system with a limit, and not the disk: a failure of
    the work."""
    return workspace is not None and workspace.is_mount() and free_bytes(workspace) < NOTHING_BYTES and not is_low()


def saw_full() -> None:
    """Notes a write that found no room."""
    global _seen_at  # noqa: PLW0603 - one disk a process
    _seen_at = clock.monotonic()


def seen_full() -> bool:
    """Whether a write found no room within the last minute."""
    return _seen_at is not None and clock.monotonic() - _seen_at < REMEMBERED_S
