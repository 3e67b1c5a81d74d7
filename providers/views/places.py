"""A decision's candidates as rows of a table: the same for one that was stored and for a dry run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

FACTORS = {
    "api_availability": "Availability",
    "recent_success_rate": "Success",
    "response_time": "Speed",
    "error_severity": "Calm",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """`place` None: it is not asked, `gate` held it. `factors` are label and value, 0.00 worst to 1.00 best."""

    name: str
    place: int | None
    reason: str
    gate: str
    score: str
    factors: tuple[tuple[str, str], ...]
    until: dt.datetime | None = None
    cost: Decimal | None = None


def places_of(
    candidates: Iterable[Mapping[str, Any]], costs: Mapping[str, Decimal | None] | None = None
) -> tuple[Place, ...]:
    """`candidates` as `Decision.candidates` has them."""
    return tuple(_place(one, (costs or {}).get(one.get("name", ""))) for one in candidates)


def _place(one: Mapping[str, Any], cost: Decimal | None) -> Place:
    until, factors = one.get("until"), one.get("factors") or {}
    return Place(
        name=one.get("name", ""),
        place=one.get("place"),
        reason=one.get("reason", ""),
        gate=one.get("gate", ""),
        score=f"{one['score']:.2f}" if one.get("score") is not None else "–",
        factors=tuple((label, f"{factors[name]:.2f}") for name, label in FACTORS.items() if name in factors),
        until=dt.datetime.fromtimestamp(until, tz=dt.UTC) if until else None,
        cost=cost,
    )
