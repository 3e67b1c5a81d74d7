"""A strategy replayed against the ledger: who would have been asked, and what that would have come to."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Prefetch

from providers.live.view import Incumbent
from providers.models import Call, Decision
from providers.routing.leader import STEADY
from providers.routing.replay import NotReplayable, Replayed, replay
from providers.states import CallOutcome, CallPurpose, Strategy

AT_MOST = 5000
PER = Decimal(1_000_000)


@dataclass
class Comparison:
    """Of `decisions` that were looked at `replayed` could be; `moved` of them would have gone to another provider.
    `then` and `now` count by provider. Money is what the tokens that were used cost at the prices that were stored with
    the decision, where both are known. `success` is the share of calls that succeed, `ms` the median time to an answer,
    as the calls of that time show them for each provider, weighed by how often it comes first; None where none of these
    was called."""

    strategy: str
    decisions: int = 0
    replayed: int = 0
    moved: int = 0
    then: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    cost_then_usd: Decimal = Decimal(0)
    cost_now_usd: Decimal = Decimal(0)
    success_then: float | None = None
    success_now: float | None = None
    ms_then: float | None = None
    ms_now: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            **self.__dict__,
            "then": dict(self.then),
            "now": dict(self.now),
            "cost_then_usd": str(self.cost_then_usd),
            "cost_now_usd": str(self.cost_now_usd),
        }


def compared(workspace_id: uuid.UUID, strategy: Strategy, *, newest: int = 1000, task_kind: str = "") -> Comparison:
    """The newest decisions of models, followed in their order, so that hysteresis works as it would have."""
    wanted = Decision.objects.filter(workspace_id=workspace_id).exclude(candidates=[])
    if task_kind:
        wanted = wanted.filter(task_kind=task_kind)
    attempts = Prefetch("calls", queryset=Call.objects.exclude(purpose=CallPurpose.AGENT).order_by("attempt", "pk"))
    rows = list(wanted.order_by("-pk").prefetch_related(attempts)[: min(newest, AT_MOST)])[::-1]
    found, leaders = Comparison(strategy=str(strategy), decisions=len(rows)), dict[str, Incumbent]()
    for row in rows:
        try:
            again = replay(
                row.candidates, row.inputs, strategy,
                incumbent=leaders.get(row.task_kind) if row.strategy != strategy else None,
            )  # fmt: skip
        except NotReplayable:
            continue
        _follow(leaders, row, again, strategy)
        _count(found, row, again)
    _expect(found, [call for row in rows for call in row.calls.all()])
    return found


def by_strategy(row: Decision) -> dict[str, Replayed]:
    """One decision by each strategy; empty where it cannot be replayed."""
    try:
        return {str(one): replay(row.candidates, row.inputs, one) for one in Strategy}
    except NotReplayable:
        return {}


def _follow(leaders: dict[str, Incumbent], row: Decision, again: Replayed, strategy: Strategy) -> None:
    """Who leads from now on by the other strategy. A special case says nothing about it."""
    if strategy not in STEADY or not again.leader or "leader" not in row.inputs:
        return
    known = leaders.get(row.task_kind)
    if known is None or known.provider != again.leader:
        leaders[row.task_kind] = Incumbent(provider=again.leader, since=row.inputs["now"])


def _count(found: Comparison, row: Decision, again: Replayed) -> None:
    found.replayed += 1
    found.then[row.chosen] += 1
    found.now[again.chosen] += 1
    found.moved += again.chosen != row.chosen
    good = next((call for call in row.calls.all() if call.outcome == CallOutcome.SUCCEEDED), None)
    prices = {one["name"]: one.get("price") for one in row.candidates}
    before, after = (_cost(prices.get(name), good) for name in (row.chosen, again.chosen))
    if before is not None and after is not None:
        found.cost_then_usd += before
        found.cost_now_usd += after


def _cost(price: Any, call: Call | None) -> Decimal | None:
    if price is None or call is None:
        return None
    return (call.input_tokens * Decimal(price[0]) + call.output_tokens * Decimal(price[1])) / PER


def _expect(found: Comparison, calls: Iterable[Call]) -> None:
    """What the calls of that time say of each provider, weighed by how often it was and would have been chosen."""
    ends: dict[str, list[bool]] = defaultdict(list)
    times: dict[str, list[int]] = defaultdict(list)
    for call in calls:
        if call.outcome and call.outcome != CallOutcome.ABANDONED:
            ends[call.provider_name].append(call.outcome == CallOutcome.SUCCEEDED)
        if call.outcome == CallOutcome.SUCCEEDED and call.total_ms is not None:
            times[call.provider_name].append(call.total_ms)
    shares = {name: sum(good) / len(good) for name, good in ends.items()}
    medians = {name: float(median(known)) for name, known in times.items()}
    found.success_then, found.success_now = _weighed(shares, found.then), _weighed(shares, found.now)
    found.ms_then, found.ms_now = _weighed(medians, found.then), _weighed(medians, found.now)


def _weighed(values: Mapping[str, float], weights: Counter[str]) -> float | None:
    known = {name: number for name, number in weights.items() if name in values}
    total = sum(known.values())
    return round(sum(values[name] * number for name, number in known.items()) / total, 4) if total else None
