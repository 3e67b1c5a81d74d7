"""Recovery through the broker: a tick, which may be lost or come twice without harm."""

from __future__ import annotations

from celery import shared_task

from autodev.lib.db import own_connections
from recovery.batch import recover_all


@shared_task(ignore_result=True, expires=60)  # type: ignore[untyped-decorator] # celery ships no types
def recovery_tick() -> None:
    """The batch of all workspaces."""
    with own_connections():
        recover_all()
