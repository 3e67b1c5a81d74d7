"""An order of providers with the reason for each place: what a request follows, and what is stored with its
decision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from providers.health.matrix import Score
from providers.targets import Key, Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One place of the order. `key` is the credential that is tried first. `closed` is false for one whose breaker is
    not, and that is only there because nobody else is; before `until` (seconds since the epoch) it is not asked.
    `position` is its place in the chain from 0, `behind` how far this moment holds it back (0: not at all)."""

    target: Target
    key: Key | None
    score: Score
    reason: str
    closed: bool = True
    until: float | None = None
    position: int = 0
    behind: int = 0

    @property
    def name(self) -> str:
        return self.target.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Excluded:
    """One that is not asked: the gate that held it and the reason in words. `until` is when that may be over, in
    seconds since the epoch."""

    name: str
    gate: str
    reason: str
    until: float | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The whole decision. `chain` is the task kind of the chain that spoke. `leader` is who serves this kind of task at
    present, empty where the request is a special case that says nothing about it (a wish, a gate of its own, a budget
    nearly used up) or where the strategy knows none; the first candidate is another one where the leader is in doubt or
    full at this moment. `previous` is the
    leader before, set where this decision changes it, and `trigger` says why: `immediate`, `threshold`, `preventive`,
    `restored`. `inputs` is what the choice was made from, as JSON."""

    chain: str
    strategy: str
    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...] = ()
    leader: str = ""
    previous: str = ""
    trigger: str = ""
    reason: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chosen(self) -> str:
        return self.candidates[0].name if self.candidates else ""

    def places(self) -> list[dict[str, Any]]:
        """`Decision.candidates`: the order, then those that were not let through, as JSON."""
        order = [
            {
                "name": one.name,
                "place": place,
                "score": one.score.total,
                "factors": _factors(one.score),
                "closed": one.closed,
                "reason": one.reason,
                "position": one.position,
                "behind": one.behind,
                "emergency": one.target.emergency,
                "price": _price(one.target),
            }
            for place, one in enumerate(self.candidates, start=1)
        ]
        return order + [
            {"name": one.name, "place": None, "gate": one.gate, "reason": one.reason, "until": one.until}
            for one in self.excluded
        ]


def _price(target: Target) -> list[str | int | None] | None:
    """US dollars for a million tokens read, written to the provider's cache, and answered, and how many it answers at
    most; None where the price is not known."""
    price = target.price
    if price is None:
        return None
    dearest = max(price.input_usd, price.cache_write_usd or price.input_usd)
    return [str(dearest), str(price.output_usd), target.max_output_tokens]


def _factors(score: Score) -> dict[str, float]:
    return {
        name: round(value, 4)
        for name, value in asdict(score).items()
        if name != "total" and not (isinstance(value, float) and math.isnan(value))
    }
