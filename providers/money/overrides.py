"""Prices that differ from the table: those of a workspace, and those of the whole installation."""

from __future__ import annotations

import uuid

from django.db.models import Q

from providers.models import PriceOverride
from providers.money.prices import Override
from providers.targets import Price


def overrides_of(workspace_id: uuid.UUID) -> list[Override]:
    """All that may count for a workspace, past and to come."""
    rows = PriceOverride.objects.filter(Q(workspace_id=workspace_id) | Q(workspace_id=None))
    return [
        Override(
            model=row.model,
            price=Price(
                input_usd=row.input_usd,
                output_usd=row.output_usd,
                cached_usd=row.cached_usd,
                source="override",
                as_of=f"{row.effective_from:%Y-%m-%d}",
            ),
            effective_from=row.effective_from,
            own=row.workspace_id is not None,
        )
        for row in rows
    ]
