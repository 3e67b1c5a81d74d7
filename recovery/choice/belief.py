"""How likely a strategy is to help: a Beta distribution from the claims of seeds 004 and from what happened here.

Thompson sampling over them: W. R. Thompson, Biometrika 25 (1933); Agrawal and Goyal, COLT 2012. A part of uniform
choice (as of an ε-greedy policy) keeps every strategy in sight, so that a belief that became wrong is found out.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recovery.choice.kinds import claimed
from recovery.situation import Situation
from recovery.states import Strategy

# What seeds 004 claims counts as much as two outcomes seen.
PRIOR_WEIGHT = 2.0
# What was done about the very same failure tells more than an outcome of its kind.
KNOWN_WEIGHT = 3.0
# The part of all choices that looks at every strategy that is possible.
FLOOR = 0.05
# A rule's preference gives way to this much evidence that it does not help.
ENOUGH_EVIDENCE, HOPELESS_RATE = 6.0, 0.35
# A proven fix: with one success more and one failure more than were seen it still works in this part of all cases.
PROVEN_RATE = 0.6
# The parameters of a Beta distribution are above zero.
LEAST_SHAPE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """Beta(good, bad). `seen` is the weight of the evidence in it, `known` the successes and uses on this failure."""

    good: float
    bad: float
    seen: float
    known: tuple[int, int] = (0, 0)

    @property
    def mean(self) -> float:
        return self.good / (self.good + self.bad)

    @property
    def hopeless(self) -> bool:
        return self.seen >= ENOUGH_EVIDENCE and self.mean < HOPELESS_RATE

    @property
    def proven(self) -> float:
        """The rate on this very failure (Laplace's rule of succession); 0 where it never helped."""
        successes, uses = self.known
        return (successes + 1) / (uses + 2) if successes else 0.0

    def words(self) -> str:
        successes, uses = self.known
        if uses:
            return f"It helped with this very failure {successes} of {uses} times."
        if self.seen >= 1:
            return f"It is expected to help in {self.mean:.0%} of such cases, by {self.seen:.0f} outcomes seen."
        return f"It is expected to help in {self.mean:.0%} of such cases; nothing was learned yet."


def belief(strategy: Strategy, situation: Situation) -> Belief:
    """What is believed about the strategy in this situation."""
    rate = claimed(strategy, situation.failure_kind, attempts=situation.attempts, changed=bool(situation.changed))
    good, bad = PRIOR_WEIGHT * rate, PRIOR_WEIGHT * (1.0 - rate)
    learned = situation.learned.get(strategy)
    if learned is None:
        return Belief(good=good, bad=bad, seen=0.0)
    successes, uses = learned.known
    good += learned.good + KNOWN_WEIGHT * successes
    bad += learned.bad + KNOWN_WEIGHT * (uses - successes)
    return Belief(good=good, bad=bad, seen=learned.good + learned.bad + KNOWN_WEIGHT * uses, known=learned.known)


def sample(beliefs: Mapping[Strategy, Belief], rng: random.Random) -> Strategy:
    """One of them: a proven fix of this very failure, else that with the highest draw of its distribution; with
    probability FLOOR any of them. Raises ValueError where there is none."""
    order: Sequence[Strategy] = list(beliefs)
    if not order:
        raise ValueError("nothing to choose from")
    if rng.random() < FLOOR:
        return rng.choice(order)
    return proven_fix(beliefs) or max(order, key=lambda one: _draw(beliefs[one], rng))


def proven_fix(beliefs: Mapping[Strategy, Belief]) -> Strategy | None:
    """What repaired this very failure before, if anything did often enough."""
    best = max(beliefs, key=lambda one: beliefs[one].proven, default=None)
    return best if best is not None and beliefs[best].proven >= PROVEN_RATE else None


def _draw(found: Belief, rng: random.Random) -> float:
    return rng.betavariate(max(found.good, LEAST_SHAPE), max(found.bad, LEAST_SHAPE))
