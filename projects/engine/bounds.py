"""Every wait ends: at the build's deadline at the latest."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models.functions import Coalesce, Least


def bounded(until: Any, deadline: dt.datetime | None) -> Any:
    """`until` (a moment, or an expression of the database), but not later than the deadline."""
    if deadline is None:
        return until
    if isinstance(until, dt.datetime):
        return min(until, deadline)
    return Least(until, Coalesce(deadline, until))
