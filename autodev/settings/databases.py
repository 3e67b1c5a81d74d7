"""SQLite on one machine, PostgreSQL where there are many; `DATABASE_URL` is all that changes."""

from __future__ import annotations

from typing import Any

from autodev.settings.base import AUTODEV_DATA
from autodev.settings.environment import env
from autodev.settings.options import AUTODEV_SLOTS

# WAL lets readers go on beside the writer; FULL, because NORMAL may lose the last commits in a power failure.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
# Beside its slots a worker has a heartbeat, a sweep, Celery's own pool and a loop thread, which all use the database;
# and for the models the ledger's four threads, the live state's and the cache's.
BESIDE_THE_SLOTS = 12


def configured(address: dict[str, Any], *, slots: int, pool: bool = True) -> dict[str, Any]:
    """The parsed address with what its engine needs. Timeouts in seconds."""
    if address["ENGINE"].endswith("sqlite3"):
        return {**address, "OPTIONS": {**address.get("OPTIONS", {}), **SQLITE_OPTIONS}, "ATOMIC_REQUESTS": False}
    options = {**address.get("OPTIONS", {}), "connect_timeout": 5}
    if pool:
        options["pool"] = {"min_size": 1, "max_size": slots + BESIDE_THE_SLOTS, "timeout": 10}
    return {**address, "OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


DATABASES = {
    "default": configured(
        env.database("DATABASE_URL", f"sqlite:///{AUTODEV_DATA}/autodev.sqlite3"),
        slots=AUTODEV_SLOTS,
        pool=env.flag("DATABASE_POOL", default=True),
    )
}
