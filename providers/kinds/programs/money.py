"""What a run has cost and how its calls ended, by the ledger: what a program counts itself is not believed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Case, F, Sum, When

from autodev.contracts.job import Usage
from providers.models import Call
from providers.states import CallOutcome, CallPurpose, CallState


@dataclass(frozen=True, kw_only=True)
class Bill:
    """`usage` counts what is reserved too. `providers` are those who answered, the newest first. `failure` is the kind
    of the newest call, empty where that succeeded or there was none."""

    usage: Usage
    providers: tuple[str, ...]
    failure: str = ""
    failure_text: str = ""
    retry_after_s: float | None = None


def bill(task_id: uuid.UUID, since: dt.datetime) -> Bill:
    """Of the calls that programs made for the task through the gateway since then."""
    calls = Call.objects.filter(task_id=task_id, purpose=CallPurpose.GATEWAY, started_at__gte=since)
    cost = Case(When(state=CallState.RESERVED, then=F("reserved_usd")), default=F("cost_usd"))
    sums = calls.aggregate(money=Sum(cost), input=Sum("input_tokens"), output=Sum("output_tokens"))
    answered = calls.filter(outcome=CallOutcome.SUCCEEDED).order_by("-started_at", "-pk")
    last = calls.exclude(outcome="").order_by("-started_at", "-pk").first()
    failed = last is not None and last.outcome in (CallOutcome.FAILED, CallOutcome.PARTIAL)
    return Bill(
        usage=Usage(
            input_tokens=sums["input"] or 0, output_tokens=sums["output"] or 0, cost_usd=sums["money"] or Decimal(0)
        ),
        providers=tuple(dict.fromkeys(answered.values_list("provider_name", flat=True)[:50])),
        failure=last.failure_kind if last and failed else "",
        failure_text=last.failure_text if last and failed else "",
        retry_after_s=last.retry_after_s if last and failed else None,
    )
