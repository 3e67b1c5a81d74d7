"""Whether a workspace has a model to ask at all."""

from __future__ import annotations

import uuid

from providers.models import Provider


def models_there(workspace_id: uuid.UUID) -> bool:
    """Whether an enabled provider of the workspace completes messages. Asks nobody."""
    return Provider.objects.filter(workspace_id=workspace_id, enabled=True).exclude(kind="blueprint").exists()
