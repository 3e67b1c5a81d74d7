"""What comes through the broker for providers: ticks. Each may be lost or come twice without harm."""

from __future__ import annotations

from celery import shared_task

from autodev.lib.db import own_connections
from providers import ledger


@shared_task(ignore_result=True, expires=60)  # type: ignore[untyped-decorator] # celery ships no types
def ledger_tick() -> None:
    """A sweep of the ledger beside those of the workers, in case none of them makes calls."""
    with own_connections():
        ledger.sweep()
