"""What a drill did to live work, computed from the ledger and the decisions of its time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from statistics import median
from typing import Any

from django.db.models import Q

from providers.models import Call, Decision, Drill
from providers.states import CallOutcome

SETTLING = dt.timedelta(minutes=2)
"""A request that began within the drill may end after it."""


def report_of(drill: Drill, *, until: dt.datetime) -> dict[str, Any]:
    """`requests` that met the fault, how many of them were `rescued` by another provider and how many `lost` (whose
    caller left is neither);
    `calls_that_met_it`; by `failure_kinds`; `noticed_after_ms` is the time from the first broken call to the first
    request that was answered without meeting the fault; times of answers beside those before it."""
    window = Call.objects.filter(
        workspace_id=drill.workspace_id, started_at__gte=drill.started_at, started_at__lte=until + SETTLING
    )
    met = window.filter(provider_id=drill.provider_id, injected=True)
    requests = set(met.values_list("request_id", flat=True))
    rescued = set(
        window.filter(request_id__in=requests, outcome=CallOutcome.SUCCEEDED).values_list("request_id", flat=True)
    )
    left = set(
        window.filter(request_id__in=requests - rescued, outcome=CallOutcome.ABANDONED).values_list(
            "request_id", flat=True
        )
    )
    first = met.order_by("started_at").values_list("started_at", flat=True).first()
    around = Q(started_at__gte=drill.started_at - (until - drill.started_at), started_at__lt=drill.started_at)
    before = Call.objects.filter(around, workspace_id=drill.workspace_id, outcome=CallOutcome.SUCCEEDED)
    during = window.filter(outcome=CallOutcome.SUCCEEDED, emergency=False)
    switches = Decision.objects.filter(
        workspace_id=drill.workspace_id, created_at__gte=drill.started_at, created_at__lte=until + SETTLING
    ).exclude(previous="")
    return {
        "requests": len(requests),
        "rescued": len(rescued),
        "lost": len(requests - rescued - left),
        "calls_that_met_it": met.count(),
        "failure_kinds": dict(Counter(met.exclude(failure_kind="").values_list("failure_kind", flat=True))),
        "served_by": dict(Counter(during.values_list("provider_name", flat=True))),
        "switches": switches.count(),
        "noticed_after_ms": _noticed(drill, window, first),
        "p50_ms": _median(during.values_list("total_ms", flat=True)),
        "p50_before_ms": _median(before.values_list("total_ms", flat=True)),
    }


def _noticed(drill: Drill, window: Any, first: dt.datetime | None) -> int | None:
    """None where nothing met the fault, or nothing came after it."""
    if first is None:
        return None
    spared = (
        window.filter(started_at__gt=first, attempt=1, outcome=CallOutcome.SUCCEEDED)
        .exclude(provider_id=drill.provider_id)
        .order_by("started_at")
        .values_list("started_at", flat=True)
        .first()
    )
    return round((spared - first).total_seconds() * 1000) if spared is not None else None


def _median(times: Any) -> int | None:
    known = [time for time in times if time is not None]
    return round(median(known)) if known else None
