"""The budget of a calendar month (UTC, by the database's clock): with a new month a new row with the same limits."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import connection

from autodev.lib import clock, rows
from providers.models.money import Budget, BudgetScope

_NOW = {"postgresql": "SELECT CURRENT_TIMESTAMP", "sqlite": "SELECT strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}


def now() -> dt.datetime:
    """The database's moment, aware, UTC."""
    value = rows.fetch(_NOW[connection.vendor], [])[0][0]
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    moment: dt.datetime = value
    return moment.astimezone(dt.UTC) + dt.timedelta(seconds=clock.shift_s())


def period_of(moment: dt.datetime) -> str:
    """`2026-11`."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m")


def present(workspace_id: uuid.UUID, latest: str, budget_id: uuid.UUID) -> tuple[str, uuid.UUID] | None:
    """Period and id of the present month's budget. `latest` is the newest period that has one and `budget_id` its row,
    whose limits a new month takes over. Of two callers who make it at once, the constraint lets one. None where it was
    taken away meanwhile."""
    period = period_of(now())
    if latest >= period:
        return latest, budget_id
    last = Budget.objects.filter(pk=budget_id).first()
    if last is not None:
        fresh = Budget(
            workspace_id=workspace_id,
            scope=BudgetScope.MONTH,
            subject_id=workspace_id,
            period=period,
            limit_usd=last.limit_usd,
            limit_calls=last.limit_calls,
            warn_at=last.warn_at,
        )
        Budget.objects.bulk_create([fresh], ignore_conflicts=True)
    made = Budget.objects.filter(scope=BudgetScope.MONTH, subject_id=workspace_id, period=period).first()
    return None if made is None else (period, made.pk)
