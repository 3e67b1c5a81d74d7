"""A worker whose wall clock is wrong, and one that lives on another host."""

from __future__ import annotations

import datetime as dt
import os
import time

from autodev.lib import clock
from projects.engine import incarnation


def apply() -> None:
    """CHAOS_CLOCK_S sets this process's wall clock ahead by so many seconds (the database's stays, as it does for one
    wrong host of several); CHAOS_HOST names its host."""
    ahead_s = float(os.environ.get("CHAOS_CLOCK_S") or 0)
    if ahead_s:
        right_time, right_now = time.time, clock.utcnow
        time.time = lambda: right_time() + ahead_s
        clock.utcnow = lambda: right_now() + dt.timedelta(seconds=ahead_s)
    host = os.environ.get("CHAOS_HOST")
    if host:
        incarnation.host_name = lambda: host
