"""Whether two values are the same in the sense an expectation asks for."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal, InvalidOperation
from typing import Any

MOMENT_TOLERANCE_S = 60.0


def same(got: Any, wanted: Any) -> bool:
    """Equal as JSON: a boolean is no number, floats within rounding."""
    if isinstance(got, bool) or isinstance(wanted, bool):
        return got is wanted
    if isinstance(got, float) or isinstance(wanted, float):
        numbers = isinstance(got, int | float) and isinstance(wanted, int | float)
        return numbers and math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(got, list | tuple) and isinstance(wanted, list | tuple):
        return len(got) == len(wanted) and all(same(a, b) for a, b in zip(got, wanted, strict=True))
    if isinstance(got, dict) and isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(same(got[key], wanted[key]) for key in got)
    return bool(got == wanted)


def same_decimal(got: Any, wanted: Any) -> bool:
    """Equal as decimal numbers; what is no number equals none."""
    try:
        return Decimal(str(got)) == Decimal(str(wanted))
    except InvalidOperation:
        return False


def same_moment(got: Any, wanted: Any) -> bool:
    """Moments in ISO 8601 at most `MOMENT_TOLERANCE_S` apart; one without an offset is UTC."""
    first, second = _moment(got), _moment(wanted)
    return first is not None and second is not None and abs((first - second).total_seconds()) <= MOMENT_TOLERANCE_S


def _moment(value: Any) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
