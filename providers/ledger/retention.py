"""How long the ledger is kept. What its calls cost stays known to the totals when they go."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from autodev.lib.clock import db_now
from autodev.lib.db import write
from providers.live import versions
from providers.live.pressure import first_id
from providers.models import Call, Decision, JobToken, SpentBefore
from providers.states import CallPurpose, CallState

PROBES_S = 7 * 86_400.0  # a provider that is away for long is probed thousands of times a day
TOKENS_S = 86_400.0  # after their end
A_BATCH = 500  # so short that nobody waits for it
BATCHES = 4
OF_A_SUM = ("workspace", "project_id", "build_id", "cost_usd", "purpose", "emergency", "cache_hit")
Subject = tuple[uuid.UUID, uuid.UUID | None, uuid.UUID | None]


def forget() -> int:
    """Removes what is older than AUTODEV_LEDGER_DAYS (0 keeps it), probes after a week at the latest, and tokens of
    jobs that ended a day ago; a few batches at a time, each a transaction of its own. Gives the number of rows."""
    kept_s, now = settings.AUTODEV_LEDGER_DAYS * 86_400.0, versions.read().now
    probes_s = min(PROBES_S, kept_s or PROBES_S)
    # Keys sort by their making: the oldest rows are found without a look at the others.
    oldest = first_id(now - kept_s) if kept_s else None
    gone = 0
    for _ in range(BATCHES):
        batch = write(partial(_batch, oldest, probes_s))
        gone += batch
        if not batch:
            break
    return gone


def _batch(oldest: uuid.UUID | None, probes_s: float) -> int:
    gone = _calls(Call.objects.filter(purpose=CallPurpose.PROBE, started_at__lt=db_now(plus_s=-probes_s)), "started_at")
    gone += _removed(JobToken.objects.filter(expires_at__lt=db_now(plus_s=-TOKENS_S)))
    if oldest is not None:
        gone += _calls(Call.objects.filter(pk__lt=oldest), "pk")
        gone += _removed(Decision.objects.filter(pk__lt=oldest))
    return gone


def _calls(old: QuerySet[Call], order: str) -> int:
    """Two who do this at once never count a call twice: each takes rows that nobody else has."""
    rows = old.filter(state=CallState.SETTLED).order_by(order)
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(skip_locked=True)
    batch = list(rows.only(*OF_A_SUM)[:A_BATCH])
    SpentBefore.objects.bulk_create(_sums(batch))
    Call.objects.filter(pk__in=[row.pk for row in batch]).delete()
    return len(batch)


def _removed(old: QuerySet[Any]) -> int:
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:A_BATCH])
    return old.filter(pk__in=ids).delete()[0] if ids else 0


def _sums(batch: Iterable[Call]) -> list[SpentBefore]:
    """As a new budget would count them: what was paid for, by whom it was asked for."""
    calls: dict[Subject, int] = defaultdict(int)
    cost: dict[Subject, Decimal] = defaultdict(Decimal)
    for row in batch:
        if row.emergency or row.cache_hit or row.purpose in (CallPurpose.PROBE, CallPurpose.AGENT):
            continue
        subject = (row.workspace_id, row.project_id, row.build_id)
        calls[subject] += 1
        cost[subject] += row.cost_usd
    return [
        SpentBefore(
            workspace_id=subject[0], project_id=subject[1], build_id=subject[2], calls=number, cost_usd=cost[subject]
        )
        for subject, number in calls.items()
    ]
