"""What comes through the broker: bells and ticks. Each may be lost or come twice without harm."""

from __future__ import annotations

from celery import shared_task

from autodev.lib.db import own_connections
from projects.engine import doorbell
from projects.engine.sweep import sweep


@shared_task(ignore_result=True, expires=30)  # type: ignore[untyped-decorator] # celery ships no types
def ring() -> None:
    """Look at the table."""
    doorbell.here.ring()


@shared_task(ignore_result=True, expires=30)  # type: ignore[untyped-decorator] # celery ships no types
def sweep_tick() -> None:
    """A sweep beside those of the workers, in case all of them hang."""
    with own_connections():
        sweep()
