"""A workspace whose providers have been asked: circuits, calls, decisions, a budget."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from autodev.accounts.models import Workspace
from autodev.lib.clock import utcnow
from providers.config.defaults import ensure_defaults
from providers.models import Breaker, Budget, Call, Decision, Provider
from providers.states import CallOutcome, CallState


def call_of(provider: Provider, *, age_s: float = 60, **values: Any) -> Call:
    """A settled call, by default a good one."""
    given = {
        "workspace": provider.workspace, "provider": provider, "provider_name": provider.name, "model": provider.model,
        "request_id": uuid.uuid4(), "state": CallState.SETTLED, "outcome": CallOutcome.SUCCEEDED,
        "first_token_ms": 400, "total_ms": 1600, "input_tokens": 900, "output_tokens": 120,
        "cost_usd": Decimal("0.0042"), "task_kind": "implement", **values,
    }  # fmt: skip
    made = Call.objects.create(**given)
    at = utcnow() - dt.timedelta(seconds=age_s)
    Call.objects.filter(pk=made.pk).update(
        started_at=at, finished_at=at + dt.timedelta(milliseconds=made.total_ms or 0)
    )
    made.refresh_from_db()
    return made


def failed_of(provider: Provider, *, kind: str = "unavailable", **values: Any) -> Call:
    given = {
        "outcome": CallOutcome.FAILED, "failure_kind": kind, "failure_text": "upstream connect error: <reset>",
        "http_status": 503, "first_token_ms": None, "total_ms": 210, "output_tokens": 0, "cost_usd": Decimal(0),
    }  # fmt: skip
    return call_of(provider, **{**given, **values})


def lively(workspace: Workspace, *, calls: int = 12) -> dict[str, Provider]:
    """The chain that ships; `claude` is out, `gpt` serves. By name."""
    ensure_defaults(workspace)
    rows = {row.name: row for row in Provider.objects.filter(workspace=workspace)}
    claude, gpt = rows["claude"], rows["gpt"]
    decision = Decision.objects.create(
        workspace=workspace, task_kind="implement", strategy="primary_secondary", chosen="gpt", previous="claude",
        trigger="immediate", reason="claude is not available",
        candidates=[
            {"name": "gpt", "place": 1, "score": 0.91, "closed": True, "reason": "leads: claude is out",
             "factors": {"api_availability": 1.0, "recent_success_rate": 1.0, "response_time": 0.9,
                         "error_severity": 1.0, "samples": 9}},
            {"name": "blueprint", "place": 2, "score": 1.0, "closed": True, "reason": "emergency: asked last",
             "factors": {}},
            {"name": "claude", "place": None, "gate": "breaker", "reason": "open: 503",
             "until": utcnow().timestamp() + 18},
        ],
        inputs={"need": {"task_kind": "implement"}, "pressure": 0.2},
    )  # fmt: skip
    for number in range(calls):
        call_of(gpt, age_s=40 + 7 * number, first_token_ms=300 + 90 * (number % 5), decision=decision)
        call_of(claude, age_s=400 + 9 * number, first_token_ms=500 + 60 * (number % 4))
    for number in range(3):
        failed_of(claude, age_s=50 + number, decision=decision)
    heard = {"heard_at": utcnow().timestamp() - 40}
    Breaker.objects.create(
        provider=claude, state="open", opened_at=utcnow(), until=utcnow() + dt.timedelta(seconds=18), ejections=1,
        failure_kind="unavailable", reason="3 failures in a row: 503",
        health={**heard, "recent": ["", "", "unavailable", "unavailable", "unavailable"], "samples": 15, "success": 0.7,
                "consecutive_failures": 3, "first_token_ms": 560.0},
    )  # fmt: skip
    Breaker.objects.create(provider=gpt, health={**heard, "recent": [""] * 9, "samples": 12, "first_token_ms": 430.0})
    Budget.objects.create(
        workspace=workspace, scope="workspace", subject_id=workspace.pk, limit_usd=Decimal(10),
        spent_usd=Decimal("8.5"), reserved_usd=Decimal("0.25"), spent_calls=40, reserved_calls=1,
    )  # fmt: skip
    return rows
