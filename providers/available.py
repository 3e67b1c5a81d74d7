"""Whether a workspace has a model to ask at all."""

from __future__ import annotations

import uuid

from providers.kinds.agents import is_agent_kind
from providers.live import process


def models_there(workspace_id: uuid.UUID) -> bool:
    """Whether an enabled provider of the workspace completes messages and has the key that it needs. An agent program
    completes none: it needs models itself. Asks nobody."""
    targets = process.view(workspace_id).targets.values()
    return any(
        not (target.emergency or is_agent_kind(target.kind)) and (target.keys or not target.needs_key)
        for target in targets
    )
