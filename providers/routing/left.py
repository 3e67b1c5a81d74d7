"""Who of an order is still left for a request, after what it has met so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from providers.failures.kinds import FailureKind
from providers.routing.choice import Candidate
from providers.targets import Target


@dataclass(slots=True)
class Left:
    """`tried` are done with; `bad_keys` are (provider, key); `outgrown` was too small for the request, in context or
    output. `budget` is the
    one that refused `dearest`, so that only cheaper ones are asked from then on."""

    tried: set[str] = field(default_factory=set)
    bad_keys: set[tuple[str, str]] = field(default_factory=set)
    outgrown: tuple[Target, FailureKind] | None = None
    budget: str = ""
    dearest: Decimal | None = None

    def of(
        self, order: Sequence[Candidate], estimate: Callable[[Target], Decimal | None], *, paid_left: int
    ) -> list[Candidate]:
        """In their order. Where no paid attempt is left, only the emergency provider is."""
        return [
            one
            for one in order
            if one.name not in self.tried
            and (one.target.emergency or (paid_left > 0 and self._larger(one.target) and self._cheaper(one, estimate)))
        ]

    def refused(self, scope: str, cost: Decimal) -> None:
        """A budget has no room for so much."""
        self.budget = scope
        self.dearest = cost if self.dearest is None else min(cost, self.dearest)

    def _larger(self, target: Target) -> bool:
        if self.outgrown is None:
            return True
        small, kind = self.outgrown
        if kind is FailureKind.OUTPUT_LIMIT:
            return _more(target.max_output_tokens, small.max_output_tokens)
        return _more(target.context_window, small.context_window)

    def _cheaper(self, one: Candidate, estimate: Callable[[Target], Decimal | None]) -> bool:
        if self.dearest is None:
            return True
        cost = estimate(one.target)
        return cost is not None and cost < self.dearest


def _more(size: int | None, than: int | None) -> bool:
    """An unknown size may be enough."""
    return size is None or than is None or size > than
