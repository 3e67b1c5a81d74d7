"""What is told of a change: its event, and a hint to whoever has a page about providers open, whichever door it came
through."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from django.db import transaction

from autodev.accounts.models import User
from autodev.events import services as events
from autodev.events.models import Event
from autodev.events.notify import notify, workspace_topic


def record(
    *,
    type: str,  # noqa: A002 - the event's own word
    workspace_id: uuid.UUID | None,
    payload: dict[str, Any],
    actor: User | None = None,
) -> Event:
    """The event, in the caller's transaction; with its commit open pages look again."""
    event = events.record(type=type, workspace_id=workspace_id, actor=actor, payload=payload)
    if workspace_id is not None:
        transaction.on_commit(partial(hint, workspace_id))
    return event


def hint(workspace_id: uuid.UUID) -> None:
    """Open pages look at once, not at their next poll."""
    notify(workspace_topic(workspace_id), {"type": "providers", "id": str(workspace_id), "version": 0})
