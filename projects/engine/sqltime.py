"""Database time in raw statements; the same moment as `lib.clock.db_now()`, which tests move."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from autodev.lib import clock
from autodev.lib.rows import Sql, Statement


def now_sql(*, plus_s: float = 0.0) -> str:
    """An SQL expression for the database's moment plus so many seconds. Holds no text from outside."""
    offset = float(plus_s + clock.shift_s())
    if connection.vendor == "postgresql":
        return f"(STATEMENT_TIMESTAMP() + INTERVAL '{offset:.3f} seconds')"
    return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW', '{offset:+.3f} seconds')"


def turn() -> Statement:
    """`now_sql` in microseconds, for an order of turns: SQLite's clock has milliseconds, in which two claims fit. It is
    the clock of its host, as a value, so that the statement stays the same and SQLite keeps it prepared."""
    if connection.vendor == "postgresql":
        return Statement(now_sql())
    moment = clock.utcnow().replace(tzinfo=None) + dt.timedelta(seconds=clock.shift_s())
    return Statement("%s", [moment.isoformat(" ", "microseconds")])


def now(*, plus_s: float = 0.0) -> Sql:
    """The same as a value for `lib.rows`."""
    return Sql(now_sql(plus_s=plus_s))
