"""Whether a workspace has a model to ask at all."""

from __future__ import annotations

import uuid

from providers.live import process


def models_there(workspace_id: uuid.UUID) -> bool:
    """Whether an enabled provider of the workspace completes messages and has the key that it needs. Asks nobody."""
    targets = process.view(workspace_id).targets.values()
    return any(not target.emergency and (target.keys or not target.needs_key) for target in targets)
