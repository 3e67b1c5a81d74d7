"""The outbox through the broker: a tick finds what is due, and each id is a message of its own. Each may be lost or
come twice without harm."""

from __future__ import annotations

import uuid

from celery import shared_task

from autodev.events.sender import due_ids, send_one
from autodev.lib.db import own_connections


@shared_task(ignore_result=True, expires=30)  # type: ignore[untyped-decorator] # celery ships no types
def deliveries_tick() -> None:
    """Asks for a sending of each due delivery."""
    with own_connections():
        for delivery_id in due_ids():
            send_delivery.apply_async([str(delivery_id)], retry=False, ignore_result=True, expires=30)


@shared_task(ignore_result=True, expires=30)  # type: ignore[untyped-decorator] # celery ships no types
def send_delivery(delivery_id: str) -> None:
    """Sends one, unless somebody else did."""
    with own_connections():
        send_one(uuid.UUID(delivery_id))
