"""How much of its budgets a workspace has used: from `warn_at` on, cheaper providers are preferred before anything is
refused."""

from __future__ import annotations

import uuid
from decimal import Decimal

from providers.live.view import BudgetView
from providers.models import Budget
from providers.models.money import BudgetScope
from providers.money.months import now, period_of


def budget_views(workspace_id: uuid.UUID) -> tuple[BudgetView, ...]:
    """Every budget of a workspace as it stands, of the months' the present one; a month that has just begun has used
    nothing. One query."""
    rows = list(Budget.objects.filter(workspace_id=workspace_id).order_by("scope", "-period"))
    if not rows:
        return ()
    months = [row for row in rows if row.scope == BudgetScope.MONTH]
    others = [row for row in rows if row.scope != BudgetScope.MONTH]
    if months and months[0].period < period_of(now()):
        months[0] = Budget(**_limits(months[0]), period=period_of(now()))
    return tuple(view_of(row) for row in (*others, *months[:1]))


def view_of(row: Budget) -> BudgetView:
    return BudgetView(
        scope=str(row.scope),
        subject_id=row.subject_id,
        pressure=pressure(row),
        warn_at=row.warn_at,
        left_usd=None if row.limit_usd is None else row.limit_usd - row.spent_usd - row.reserved_usd,
        left_calls=None if row.limit_calls is None else row.limit_calls - row.spent_calls - row.reserved_calls,
    )


def pressure(row: Budget) -> float:
    """The share of the limit that is spent or reserved, of money or of calls, whichever is more. A limit of nothing is
    used up."""
    shares = [0.0]
    if row.limit_usd is not None:
        shares.append(_share(row.spent_usd + row.reserved_usd, row.limit_usd))
    if row.limit_calls is not None:
        shares.append(_share(row.spent_calls + row.reserved_calls, row.limit_calls))
    return max(shares)


def _share(used: Decimal | int, limit: Decimal | int) -> float:
    return float(used / limit) if limit else 1.0


def _limits(row: Budget) -> dict[str, object]:
    names = ("workspace_id", "scope", "subject_id", "limit_usd", "limit_calls", "warn_at")
    return {name: getattr(row, name) for name in names}
