"""The five orders of a chain. Each takes the providers that passed their gates, in chain order, and gives them in the
order in which they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from providers.live.view import WorkspaceView
from providers.routing.choice import Candidate
from providers.routing.local import Local
from providers.states import Strategy
from providers.targets import Target

UNKNOWN_PRICE = Decimal("Infinity")


def ordered(strategy: Strategy, candidates: Sequence[Candidate], view: WorkspaceView, local: Local) -> list[Candidate]:
    """A permutation of the candidates."""
    if strategy == Strategy.ROUND_ROBIN:
        start = local.turn % len(candidates) if candidates else 0
        return [*candidates[start:], *candidates[:start]]
    if strategy == Strategy.PERFORMANCE_BASED:
        return sorted(candidates, key=lambda one: -merit(one, view))
    if strategy == Strategy.COST_BASED:
        return cheapest_first(candidates, local)
    if strategy == Strategy.LEAST_LOADED:
        return sorted(candidates, key=lambda one: local.load.get(one.name, 0.0))
    return list(candidates)


def cheapest_first(candidates: Sequence[Candidate], local: Local) -> list[Candidate]:
    """By what the request may cost there, those without a known price last; the same price keeps the chain's order."""
    return sorted(candidates, key=lambda one: price_of(one.target, local))


def price_of(target: Target, local: Local) -> Decimal:
    """The estimate for this request where there is one, else the price of a million tokens in and out."""
    if local.estimate is not None:
        estimate = local.estimate(target)
        return UNKNOWN_PRICE if estimate is None else estimate
    return UNKNOWN_PRICE if target.price is None else target.price.input_usd + target.price.output_usd


def merit(candidate: Candidate, view: WorkspaceView) -> float:
    """The matrix's score, halved at most by how much of the work from its answers failed its checks."""
    quality = view.quality.get(candidate.name)
    if quality is None or quality.checked < 5:
        return candidate.score.total
    return candidate.score.total * (0.5 + 0.5 * quality.share)
