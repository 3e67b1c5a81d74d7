"""What was learned: fixes of known failures, and how often which strategy worked."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from recovery.models import KnownFix, StrategyRecord


def known_fixes(workspace_id: uuid.UUID, *, failure_kind: str = "") -> QuerySet[KnownFix]:
    """The last used first."""
    found = KnownFix.objects.filter(workspace_id=workspace_id)
    found = found.filter(failure_kind=failure_kind) if failure_kind else found
    return found.select_related("evidence").order_by("-used_at", "id")


def strategy_records(workspace_id: uuid.UUID) -> QuerySet[StrategyRecord]:
    """By failure, then the best first."""
    rows = StrategyRecord.objects.filter(workspace_id=workspace_id)
    return rows.order_by("failure_kind", "task_kind", "-good", "strategy")
