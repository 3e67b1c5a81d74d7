"""What a process does that makes calls: it probes, follows the installation's models.yaml, settles what dead
processes left open, and forgets answers whose time is over."""

from __future__ import annotations

from autodev.lib import clock
from providers import ledger
from providers.config import file
from providers.drill.faults import with_fault
from providers.kinds.models import model_kind
from providers.live import process
from providers.money import cache

SWEEP_EVERY_S = 60.0


class Duties:
    """What the thread does beside sharing the state."""

    def __init__(self) -> None:
        self._swept_at = float("-inf")

    def look(self) -> None:
        file.refresh()
        if clock.monotonic() - self._swept_at >= SWEEP_EVERY_S:
            self._swept_at = clock.monotonic()
            ledger.sweep()
            cache.sweep()


def begin() -> None:
    """From here on this process does so, whether it is asked for a call or not. The model library is loaded with the
    first probe or call, not here."""
    process.also("duties", Duties().look)
    process.probe_with(model_kind, fault=with_fault, record=ledger.probe)
