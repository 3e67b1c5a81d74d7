"""Database time in raw statements; the same moment as `lib.clock.db_now()`, which tests move."""

from __future__ import annotations

from django.db import connection

from autodev.lib import clock


def now_sql(*, plus_s: float = 0.0) -> str:
    """An SQL expression for the database's moment plus so many seconds. Holds no text from outside."""
    offset = float(plus_s + clock.shift_s())
    if connection.vendor == "postgresql":
        return f"(STATEMENT_TIMESTAMP() + INTERVAL '{offset:.3f} seconds')"
    return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW', '{offset:+.3f} seconds')"
