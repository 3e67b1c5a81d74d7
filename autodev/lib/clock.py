"""Clocks. The database's time decides whatever several workers must agree on; the host's is for display and time-outs.

Tests move the database clock with `shifted(seconds)`, so that leases and backoff are tested without sleeping.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Iterator

from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

_shift_s: float = 0.0


def db_now(*, plus_s: float = 0.0) -> Combinable:
    """The database's current moment plus so many seconds, as an expression for filters and updates."""
    offset = plus_s + _shift_s
    now = Now()
    if offset == 0:
        return now
    return ExpressionWrapper(now + Value(dt.timedelta(seconds=offset)), output_field=DateTimeField())


def shift_s() -> float:
    """By how many seconds tests moved the database's clock (0 in production); raw statements add it."""
    return _shift_s


def utcnow() -> dt.datetime:
    """The host's current moment, aware, UTC. For display, never for leases."""
    return dt.datetime.now(tz=dt.UTC)


def monotonic() -> float:
    """Seconds of the host's monotonic clock."""
    return time.monotonic()


@contextlib.contextmanager
def shifted(seconds: float) -> Iterator[None]:
    """Within it the database's clock runs `seconds` ahead, for this process."""
    global _shift_s  # noqa: PLW0603 - one clock a process, and only tests move it
    before = _shift_s
    _shift_s = before + seconds
    try:
        yield
    finally:
        _shift_s = before
