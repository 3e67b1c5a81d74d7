"""What comes through the broker for providers: ticks. Each may be lost or come twice without harm."""

from __future__ import annotations

from celery import shared_task

from autodev.lib.db import own_connections
from providers.live import worker


@shared_task(ignore_result=True, expires=60)  # type: ignore[untyped-decorator] # celery ships no types
def ledger_tick() -> None:
    """What workers do each minute, in case none of them comes to it."""
    with own_connections():
        worker.sweep()
