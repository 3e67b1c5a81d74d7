"""Whether a workspace has a model to ask at all."""

from __future__ import annotations

import uuid

from providers.kinds.agents import is_agent_kind
from providers.live import process
from providers.live.view import WorkspaceView


def models_there(workspace_id: uuid.UUID) -> bool:
    """Whether an enabled provider of the workspace completes messages and has the key that it needs. An agent program
    completes none: it needs models itself. Asks nobody."""
    return models_in(process.view(workspace_id))


def models_in(view: WorkspaceView) -> bool:
    """The same of a view that is at hand."""
    return any(
        not (target.emergency or is_agent_kind(target.kind)) and (target.keys or not target.needs_key)
        for target in view.targets.values()
    )
