"""What a process does that makes calls: it probes, follows the installation's models.yaml, settles what dead
processes left open, and forgets what is kept no longer."""

from __future__ import annotations

import asyncio
import logging

from autodev.lib import aio, clock
from providers import ledger
from providers.config import file
from providers.drill.faults import with_fault
from providers.failures import unknown
from providers.kinds.models import close_kinds, model_kind
from providers.live import process
from providers.money import cache
from providers.services.drills import drills_conclude

SWEEP_EVERY_S = 60.0
CLOSING_S = 5.0
log = logging.getLogger(__name__)


class Sweeping:
    """Once a minute."""

    def __init__(self) -> None:
        self._swept_at = float("-inf")

    def look(self) -> None:
        if clock.monotonic() - self._swept_at >= SWEEP_EVERY_S:
            self._swept_at = clock.monotonic()
            sweep()


def sweep() -> None:
    """All of it. Safe beside others that do the same."""
    ledger.sweep()
    cache.sweep()
    unknown.sweep()
    drills_conclude()
    ledger.forget()


def begin() -> None:
    """From here on this process does so, whether it is asked for a call or not. The model library is loaded with the
    first probe or call, not here."""
    process.also("file", file.refresh)
    process.also("sweep", Sweeping().look)
    process.probe_with(model_kind, fault=with_fault, record=ledger.probe)
    process.finally_("kinds", close)


def close() -> None:
    """Ends the connections to providers, which are the event-loop thread's."""
    closing = asyncio.run_coroutine_threadsafe(close_kinds(), aio.loop())
    try:
        closing.result(CLOSING_S)
    except TimeoutError:
        log.warning("providers.not_closed")
