"""Recording what happened, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User
from autodev.events.models import Delivery, Event
from autodev.lib import rows


def record(
    *,
    type: str,  # noqa: A002 - the event's own word
    workspace_id: uuid.UUID | None = None,
    project_id: uuid.UUID | None = None,
    build_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
    version: int | None = None,
    actor: User | None = None,
    payload: Mapping[str, Any] | None = None,
) -> Event:
    """Writes one event; call it inside the transaction of its cause. `version` is the build's, which the caller raised
    in the same transaction."""
    event = Event(
        type=type,
        workspace_id=workspace_id,
        project_id=project_id,
        build_id=build_id,
        task_id=task_id,
        version=version,
        actor=actor,
        actor_name=str(actor) if actor is not None else "",
        payload=dict(payload or {}),
    )
    rows.insert(event)
    return event


def deliver(*, event: Event, channel: str, target: str, key: str, payload: Mapping[str, Any]) -> Delivery:
    """Queues an external effect of the event. The same key gives the row that is there."""
    row, _ = Delivery.objects.get_or_create(
        key=key, defaults={"event": event, "channel": channel, "target": target, "payload": dict(payload)}
    )
    return row
