"""The figures of a workspace's prompts, with the versions that its settings pin."""

from __future__ import annotations

import uuid

from providers.models import RoutingSettings
from providers.prompts.figures import PromptFigures, prompt_figures


def figures_of(workspace_id: uuid.UUID) -> list[PromptFigures]:
    """Two queries."""
    row = RoutingSettings.objects.filter(workspace_id=workspace_id).first()
    return prompt_figures(workspace_id, row.document if row is not None else None)
