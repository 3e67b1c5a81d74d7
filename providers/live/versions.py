"""The one row that every process looks at: which state of configuration and health is written, and what time it is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from autodev.lib import clock, rows

# The database's moment in seconds since the epoch. On SQLite it is the host's, in steps of a millisecond.
NOW = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS double precision)",
    "sqlite": "(julianday('now') - 2440587.5) * 86400.0",
}
_RAISE = (
    "INSERT INTO providers_stateversion (id, config, health) VALUES (1, 1, 1) ON CONFLICT (id) DO UPDATE "
    "SET {name} = providers_stateversion.{name} + 1 RETURNING config, health, {now}"
)
_READ = "SELECT COALESCE(MAX(config), 0), COALESCE(MAX(health), 0), {now} FROM providers_stateversion WHERE id = 1"


@dataclass(frozen=True, slots=True)
class Versions:
    """`now`: seconds since the epoch by the database's clock. Versions are 0 before anything was written."""

    config: int
    health: int
    now: float


def raise_config() -> Versions:
    """Tells every process that configuration changed. To be called in the transaction that changes it."""
    return _one(_RAISE.format(name="config", now=NOW[connection.vendor]))


def raise_health() -> Versions:
    """Tells every process that health changed. Called first in the transaction that changes it: the row's lock then
    holds back the next writer until the commit, so that what it reads of other breakers is what is true."""
    return _one(_RAISE.format(name="health", now=NOW[connection.vendor]))


def read() -> Versions:
    return _one(_READ.format(now=NOW[connection.vendor]))


def _one(sql: str) -> Versions:
    config, health, now = rows.fetch(sql, [])[0]
    return Versions(int(config), int(health), float(now) + clock.shift_s())
