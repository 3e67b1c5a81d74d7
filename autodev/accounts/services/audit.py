"""The audit event of a change."""

from __future__ import annotations

from typing import Any

from autodev.accounts.models import User, Workspace
from autodev.events import services as events
from autodev.events.models import Event


def record(*, type: str, actor: User | None, workspace: Workspace | None = None, **payload: Any) -> Event:  # noqa: A002 - the record's own word
    """Writes the event; call it inside of the transaction of the change."""
    return events.record(type=type, actor=actor, workspace_id=workspace.pk if workspace else None, payload=payload)
