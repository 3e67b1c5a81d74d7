"""Recording what happened, in the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from autodev.accounts.models import User
from autodev.events.models import Delivery, Event
from autodev.lib import rows


class Subject(TypedDict, total=False):
    """What an event is about, and who did it. `version` is the build's, which the caller raises in the same
    transaction."""

    workspace_id: uuid.UUID | None
    project_id: uuid.UUID | None
    build_id: uuid.UUID | None
    task_id: uuid.UUID | None
    version: int | None
    actor: User | None


def entry(*, type: str, payload: Mapping[str, Any] | None = None, **subject: Unpack[Subject]) -> dict[str, Any]:  # noqa: A002 - the event's own word
    """The values of an event for `rows.entries`, for a caller that writes it along with other rows."""
    actor = subject.pop("actor", None)
    values = {"type": type, "payload": dict(payload or {}), **subject}
    return values if actor is None else {**values, "actor_id": actor.pk, "actor_name": str(actor)}


def record(*, type: str, payload: Mapping[str, Any] | None = None, **subject: Unpack[Subject]) -> Event:  # noqa: A002 - the event's own word
    """Writes one event; call it inside the transaction of its cause."""
    event = Event(**entry(type=type, payload=payload, **subject))
    rows.insert(event)
    return event


def deliver(*, event: Event, channel: str, target: str, key: str, payload: Mapping[str, Any]) -> Delivery:
    """Queues an external effect of the event. The same key gives the row that is there."""
    row, _ = Delivery.objects.get_or_create(
        key=key, defaults={"event": event, "channel": channel, "target": target, "payload": dict(payload)}
    )
    return row
