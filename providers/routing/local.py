"""What only this process knows at the moment of a choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from providers.targets import Target


def _speaks(_: str) -> bool:
    return True


def _nothing(_: Target) -> str:
    return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Local:
    """`turn` counts the choices of a chain, for round robin. `load` is calls under way by their limit, by name (1.0 is
    full), `doubted` those that failed here and have not shown life since, `outgrown` those that said lately that a
    request of this size does not fit. `estimate` gives what this request may cost
    at a target, None where its price is not known. `speaks` says whether a kind is asked at all: of a request for
    messages those that complete them. `held` says why a target cannot do it here and now, or nothing."""

    turn: int = 0
    load: Mapping[str, float] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()
    outgrown: frozenset[str] = frozenset()
    estimate: Callable[[Target], Decimal | None] | None = None
    speaks: Callable[[str], bool] = _speaks
    held: Callable[[Target], str] = _nothing
