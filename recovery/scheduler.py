"""The batch at each interval, where neither a beat nor an engine does it (seeds 004)."""

from __future__ import annotations

import asyncio
import logging

from django.conf import settings

from recovery.batch import recover_all
from recovery.off_loop import off_loop

log = logging.getLogger(__name__)


async def start_autonomous_recovery_scheduler(*, rounds: int | None = None) -> None:
    """The name of seeds 004: `asyncio.create_task(start_autonomous_recovery_scheduler())`. A batch every
    RECOVERY_CHECK_INTERVAL_SECONDS until it is cancelled, or `rounds` of them; what one raises is logged. Beside a beat
    and engines it is harmless: one sweeper at a time."""
    left = rounds
    while left is None or left > 0:
        try:
            await off_loop(recover_all)
        except Exception:
            log.exception("recovery.scheduler_failed")
        left = None if left is None else left - 1
        if left != 0:
            await asyncio.sleep(settings.RECOVERY_CHECK_INTERVAL_SECONDS)
