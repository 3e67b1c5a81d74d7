"""Alerts of the machine itself: one event when it begins, one when it is over."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from django.conf import settings

from autodev.events import services as events
from autodev.events.models import Event
from autodev.lib.db import write
from projects.engine import disk, doorbell
from projects.engine.incarnation import host_name
from projects.engine.wake import wake_waiting

log = logging.getLogger(__name__)
FULL, OVER = "alert.disk_full", "alert.disk_ok"
# Room must be this much above the mark before it counts as enough, so that the alert does not flutter.
HYSTERESIS = 1.25
AT_ONCE = 10


_told: bool | None = None


def watch_disk() -> str:
    """Records `alert.disk_full` of this host once, and `alert.disk_ok` when there is room again, which also wakes what
    waited for it. Gives the event's type, or nothing. Done by one process of a host at a time; it asks the database
    only where something changed."""
    free, least = disk.free_bytes(Path(settings.AUTODEV_DATA)), disk.least_bytes()
    full = free < least or disk.seen_full()
    if full is _told or (not full and free < least * HYSTERESIS):
        return ""
    alerted = _alerted()  # by this process, by another of this host, or by one before them
    if alerted != full:
        _tell(FULL if full else OVER, {"host": host_name(), "free_bytes": free, "least_bytes": least})
    _remember(full=full)
    return "" if alerted == full else FULL if full else OVER


def _tell(type_: str, payload: dict[str, Any]) -> None:
    write(lambda: events.record(type=type_, payload=payload), patience_s=1.0)
    if type_ == FULL:
        log.critical("disk.full", extra=payload)
        return
    log.warning("disk.room_again", extra=payload)
    wake_waiting(None, reason_prefix=disk.REASON, most=AT_ONCE)
    doorbell.ring()


def _remember(*, full: bool) -> None:
    global _told  # noqa: PLW0603 - one disk a process
    _told = full


def _alerted() -> bool:
    """Whether the newest word about this host's disk is that it is full."""
    told = Event.objects.filter(workspace_id=None, type__in=[FULL, OVER], payload__host=host_name())
    return told.order_by("-created_at", "-pk").values_list("type", flat=True).first() == FULL
