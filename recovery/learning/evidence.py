"""Counts that fade: outcomes of a strategy as weights, of which half is forgotten in every half-life. Pure.

Exponential forgetting keeps the belief able to follow a world that changes (discounted Thompson sampling: Raj and
Kalyani, 2017, arXiv:1707.09727); the uniform part of the choice finds what became better again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

HALF_LIFE = dt.timedelta(days=14)
# The same strategy on the same failure of other kinds of task counts too, all of it together as two outcomes at most.
POOLED_WEIGHT = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`good` and `bad` are the weights as of `at`."""

    good: float = 0.0
    bad: float = 0.0
    at: dt.datetime

    @property
    def weight(self) -> float:
        return self.good + self.bad

    def as_of(self, now: dt.datetime) -> Evidence:
        """What is left of it at a later moment; at an earlier one it is as it was."""
        left = 0.5 ** (max(0.0, (now - self.at).total_seconds()) / HALF_LIFE.total_seconds())
        return Evidence(good=self.good * left, bad=self.bad * left, at=max(now, self.at))

    def plus(self, *, good: bool, now: dt.datetime) -> Evidence:
        """With one outcome more."""
        faded = self.as_of(now)
        return Evidence(good=faded.good + good, bad=faded.bad + (not good), at=faded.at)

    def turned(self, *, good: bool, now: dt.datetime) -> Evidence:
        """With an outcome that was counted as its contrary a short while ago: recovered, and failed again after all."""
        faded = self.as_of(now)
        change = 1.0 if good else -1.0
        return Evidence(good=max(0.0, faded.good + change), bad=max(0.0, faded.bad - change), at=faded.at)


def together(own: Iterable[Evidence], others: Iterable[Evidence], now: dt.datetime) -> tuple[float, float]:
    """The weights of good and bad outcomes from a cell's own evidence and that of the cells beside it."""
    good, bad = _sum(own, now)
    beside_good, beside_bad = _sum(others, now)
    share = min(1.0, POOLED_WEIGHT / (beside_good + beside_bad)) if beside_good + beside_bad else 0.0
    return good + share * beside_good, bad + share * beside_bad


def _sum(found: Iterable[Evidence], now: dt.datetime) -> tuple[float, float]:
    faded = [one.as_of(now) for one in found]
    return sum(one.good for one in faded), sum(one.bad for one in faded)
