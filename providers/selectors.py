"""Reads of the ledger for pages, the API and the command line. Always of one workspace."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Avg, Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import TruncMinute

from autodev.lib.clock import db_now
from providers.live import versions
from providers.models import Call, Decision
from providers.states import CallOutcome, CallPurpose

FAILED = (CallOutcome.FAILED, CallOutcome.PARTIAL)


@dataclass(frozen=True, kw_only=True)
class Minute:
    """What happened at a provider in one minute. `first_token_ms` is the mean of its good calls, None where there was
    none."""

    at: dt.datetime
    calls: int
    failures: int
    first_token_ms: float | None


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a provider was asked for and what that cost. `failures` are by kind, `successes` without emergency answers
    and those from the cache; `passed` of `judged` answers led to work that passed its checks."""

    provider: str
    calls: int
    successes: int
    failures: dict[str, int]
    emergency: int
    cache_hits: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    judged: int
    passed: int


def calls(
    workspace_id: uuid.UUID,
    *,
    provider: str = "",
    outcome: str = "",
    purpose: str = "",
    build_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
) -> QuerySet[Call]:
    """Attempts, the newest first; all conditions that are given must hold."""
    wanted = {
        "provider_name": provider,
        "outcome": outcome,
        "purpose": purpose,
        "build_id": build_id,
        "request_id": request_id,
    }
    found = Call.objects.filter(workspace_id=workspace_id, **{name: value for name, value in wanted.items() if value})
    return found.order_by("-started_at", "-pk")


def decisions(
    workspace_id: uuid.UUID, *, task_kind: str = "", build_id: uuid.UUID | None = None, switches: bool = False
) -> QuerySet[Decision]:
    """Decisions, the newest first; with `switches` those that changed who serves a kind of task."""
    found = Decision.objects.filter(workspace_id=workspace_id)
    if task_kind:
        found = found.filter(task_kind=task_kind)
    if build_id is not None:
        found = found.filter(build_id=build_id)
    if switches:
        found = found.exclude(previous="")
    return found.order_by("-created_at", "-pk")


def decision(workspace_id: uuid.UUID, decision_id: uuid.UUID) -> Decision | None:
    """With its attempts in `calls`, the first one first."""
    attempts = Prefetch("calls", queryset=Call.objects.order_by("attempt", "pk"))
    return Decision.objects.filter(workspace_id=workspace_id, pk=decision_id).prefetch_related(attempts).first()


def minutes(workspace_id: uuid.UUID, *, over: int = 60) -> dict[str, list[Minute]]:
    """For each provider the last minutes in which it was called, the oldest first. Probes are left out."""
    good = Q(outcome=CallOutcome.SUCCEEDED)
    rows = (
        _since(workspace_id, 60.0 * over)
        .exclude(purpose=CallPurpose.PROBE)
        .filter(cache_hit=False)
        .annotate(minute=TruncMinute("started_at"))
        .values("provider_name", "minute")
        .annotate(
            number=Count("pk"),
            failures=Count("pk", filter=Q(outcome__in=FAILED)),
            first_token=Avg("first_token_ms", filter=good),
        )
        .order_by("minute")
    )
    found: dict[str, list[Minute]] = defaultdict(list)
    for row in rows:
        found[row["provider_name"]].append(
            Minute(at=row["minute"], calls=row["number"], failures=row["failures"], first_token_ms=row["first_token"])
        )
    return dict(found)


def usage(workspace_id: uuid.UUID, *, over_s: float = 86_400.0) -> list[Usage]:
    """What each provider did in that time, the dearest first. Probes are left out."""
    own = Q(emergency=False, cache_hit=False)
    rows = (
        _since(workspace_id, over_s)
        .exclude(purpose=CallPurpose.PROBE)
        .values("provider_name")
        .annotate(
            number=Count("pk"),
            successes=Count("pk", filter=own & Q(outcome=CallOutcome.SUCCEEDED)),
            in_emergency=Count("pk", filter=Q(emergency=True)),
            hits=Count("pk", filter=Q(cache_hit=True)),
            tokens_in=Sum("input_tokens", default=0),
            tokens_out=Sum("output_tokens", default=0),
            cost=Sum("cost_usd", default=Decimal(0)),
            judged=Count("pk", filter=Q(work_passed__isnull=False)),
            passed=Count("pk", filter=Q(work_passed=True)),
        )
        .order_by("-cost", "provider_name")
    )
    failures = failures_by_kind(workspace_id, over_s=over_s)
    return [
        Usage(
            provider=row["provider_name"],
            calls=row["number"],
            successes=row["successes"],
            failures=failures.get(row["provider_name"], {}),
            emergency=row["in_emergency"],
            cache_hits=row["hits"],
            input_tokens=row["tokens_in"],
            output_tokens=row["tokens_out"],
            cost_usd=row["cost"],
            judged=row["judged"],
            passed=row["passed"],
        )
        for row in rows
    ]


def failures_by_kind(workspace_id: uuid.UUID, *, over_s: float = 86_400.0) -> dict[str, dict[str, int]]:
    """For each provider how often which kind of failure came."""
    rows = (
        _since(workspace_id, over_s)
        .exclude(purpose=CallPurpose.PROBE)
        .filter(outcome__in=FAILED)
        .values("provider_name", "failure_kind")
        .annotate(number=Count("pk"))
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        found[row["provider_name"]][row["failure_kind"]] = row["number"]
    return dict(found)


def now() -> dt.datetime:
    """The database's moment, to compare what is read with."""
    return dt.datetime.fromtimestamp(versions.read().now, tz=dt.UTC)


def _since(workspace_id: uuid.UUID, seconds: float) -> QuerySet[Call]:
    return Call.objects.filter(workspace_id=workspace_id, started_at__gte=db_now(plus_s=-seconds))
