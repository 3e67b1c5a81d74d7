"""Whether the database was away a moment ago: leases that ran out then say nothing about their workers."""

from __future__ import annotations

from django.db import DatabaseError, InterfaceError

from autodev.lib import clock
from projects.engine.timing import LEASE_S

_seen_at: float | None = None


def note(error: Exception) -> None:
    """Remembers the moment where the error is the database's."""
    global _seen_at  # noqa: PLW0603 - one database a process
    if isinstance(error, DatabaseError | InterfaceError):
        _seen_at = clock.monotonic()


def recent() -> bool:
    """Whether this process missed the database within the last lease: as long, leases may run out that nobody could
    renew."""
    return _seen_at is not None and clock.monotonic() - _seen_at < LEASE_S
