"""Versions of prompts side by side, from the ledger."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, Sum

from providers.models import Call
from providers.prompts import library
from providers.states import CallOutcome

VALID = Q(outcome=CallOutcome.SUCCEEDED, failure_kind="")


@dataclass(frozen=True, kw_only=True)
class PromptFigures:
    """A version. `uses` counts requests and `calls` the attempts for them; `valid` of the calls gave an answer of the
    form that was asked for; `passed` of `judged` answers led to work that passed its checks. `holds`: it is the one
    that is used now, `pinned` because the workspace's settings say so. `there` is false for a version that was used and
    is not in this installation any more."""

    name: str
    version: int
    kind: str
    note: str
    uses: int = 0
    calls: int = 0
    valid: int = 0
    judged: int = 0
    passed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    last_used_at: dt.datetime | None = None
    holds: bool = False
    pinned: bool = False
    there: bool = True

    @property
    def cost_per_use_usd(self) -> Decimal | None:
        """None before the first use."""
        return self.cost_usd / self.uses if self.uses else None


def prompt_figures(workspace_id: uuid.UUID, settings: dict[str, Any] | None = None) -> list[PromptFigures]:
    """All versions of all prompts by name, the newest version first; `settings` are the workspace's, for its pins. One
    query."""
    used = _used(workspace_id)
    pins: dict[str, int] = (settings or {}).get("prompts") or {}
    found: list[PromptFigures] = []
    for name in library.names():
        holding = library.get(name, settings).version
        for number in reversed(library.versions(name)):
            prompt = library.version(name, number)
            found.append(
                PromptFigures(
                    name=name, version=number, kind=prompt.kind, note=prompt.note, holds=number == holding,
                    pinned=pins.get(name) == number, **used.pop(prompt.id, {}),
                )
            )  # fmt: skip
    gone = [_gone(label, figures) for label, figures in used.items()]
    return sorted([*found, *gone], key=lambda one: (one.name, -one.version))


def _gone(label: str, figures: dict[str, Any]) -> PromptFigures:
    name, _, number = label.partition("@")
    return PromptFigures(
        name=name, version=int(number) if number.isdecimal() else 0, kind="", note="", there=False, **figures
    )


def _used(workspace_id: uuid.UUID) -> dict[str, dict[str, Any]]:
    rows = (
        Call.objects.filter(workspace_id=workspace_id)
        .exclude(prompt="")
        .order_by()
        .values("prompt")
        .annotate(
            uses=Count("request_id", distinct=True),
            calls=Count("pk", filter=Q(cache_hit=False)),
            valid=Count("pk", filter=VALID & Q(cache_hit=False)),
            judged=Count("pk", filter=Q(work_passed__isnull=False)),
            passed=Count("pk", filter=Q(work_passed=True)),
            tokens_in=Sum("input_tokens"),
            tokens_out=Sum("output_tokens"),
            money=Sum("cost_usd"),
            last_used_at=Max("started_at"),
        )
    )
    return {
        row["prompt"]: {
            **{key: row[key] for key in ("uses", "calls", "valid", "judged", "passed", "last_used_at")},
            "input_tokens": row["tokens_in"] or 0,
            "output_tokens": row["tokens_out"] or 0,
            "cost_usd": row["money"] or Decimal(0),
        }
        for row in rows
    }
