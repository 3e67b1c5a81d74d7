"""How full the budgets of workspaces are, for the choice of a provider; the reservation itself is exact."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from django.db.models import Q

from providers.live.view import BudgetView
from providers.models import Budget
from providers.models.money import BudgetScope

YOUNG_S = 7 * 86_400.0


def budgets_of(workspace_ids: Collection[uuid.UUID], now: float) -> dict[uuid.UUID, tuple[BudgetView, ...]]:
    """The budgets of workspaces, of the present month, of projects, and of the builds whose budget was set in the last
    week. One query."""
    period = dt.datetime.fromtimestamp(now, tz=dt.UTC).strftime("%Y-%m")
    scope = (
        Q(scope__in=(BudgetScope.WORKSPACE, BudgetScope.PROJECT))
        | Q(scope=BudgetScope.MONTH, period=period)
        | Q(scope=BudgetScope.BUILD, pk__gte=first_id(now - YOUNG_S))
    )
    found: dict[uuid.UUID, list[BudgetView]] = {one: [] for one in workspace_ids}
    for row in Budget.objects.filter(scope, workspace_id__in=found):
        found[row.workspace_id].append(_seen(row))
    return {one: tuple(budgets) for one, budgets in found.items()}


def _seen(row: Budget) -> BudgetView:
    usd, calls = row.spent_usd + row.reserved_usd, row.spent_calls + row.reserved_calls
    shares = [0.0]
    if row.limit_usd is not None:
        shares.append(float(usd / row.limit_usd) if row.limit_usd else 1.0)
    if row.limit_calls is not None:
        shares.append(calls / row.limit_calls if row.limit_calls else 1.0)
    return BudgetView(
        scope=row.scope,
        subject_id=row.subject_id,
        pressure=max(shares),
        warn_at=row.warn_at,
        left_usd=None if row.limit_usd is None else row.limit_usd - usd,
        left_calls=None if row.limit_calls is None else row.limit_calls - calls,
    )


def first_id(moment: float) -> uuid.UUID:
    """The smallest UUID7 of that moment: keys sort by their making."""
    return uuid.UUID(int=max(0, int(moment * 1000)) << 80)
