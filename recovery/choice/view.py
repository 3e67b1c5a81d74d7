"""A situation with what follows from it before anything is drawn."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from recovery.choice.applicable import Candidate, Limits, candidates
from recovery.choice.belief import Belief, belief, proven_fix
from recovery.choice.rules import Ruling, ruling_of
from recovery.situation import Situation
from recovery.states import Strategy


@dataclass(frozen=True, kw_only=True)
class View:
    """`found` holds all six strategies, each as it would be used next or with the reason why it cannot be."""

    situation: Situation
    limits: Limits
    ruling: Ruling | None
    found: Mapping[Strategy, Candidate]

    @cached_property
    def beliefs(self) -> dict[Strategy, Belief]:
        """What is believed of all that is possible, fallbacks apart: they come at the end, however sure they are."""
        possible = [one for one in self.found.values() if one.possible]
        return {
            one.strategy: belief(one.strategy, self.situation)
            for one in possible
            if one.strategy != Strategy.SKIP_WITH_FALLBACK
        }

    @cached_property
    def by_rule(self) -> dict[Strategy, Belief]:
        """What the rule leaves to choose from. A rule that is not firm gives way to a proven fix of this failure, and
        where there is evidence against it."""
        if self.ruling is None or (not self.ruling.firm and proven_fix(self.beliefs) is not None):
            return {}
        possible = [one for one in self.ruling.strategies if one in self.found and self.found[one].possible]
        left = {one: belief(one, self.situation) for one in possible}
        return {one: found for one, found in left.items() if self.ruling.firm or not found.hopeless}

    @property
    def ended(self) -> bool:
        """Whether a firm rule leaves nothing but the end."""
        return self.ruling is not None and self.ruling.firm and not self.by_rule

    @property
    def unsure(self) -> bool:
        """No rule decides, and nothing that is possible reaches the threshold."""
        if self.ended or self.by_rule or not self.beliefs:
            return False
        return max(one.mean for one in self.beliefs.values()) < self.limits.threshold


def view_of(situation: Situation, limits: Limits, rng: random.Random | None = None) -> View:
    """Without `rng` the jitter of a wait is always the same: for questions that draw nothing."""
    rng = rng or random.Random(0)  # noqa: S311 - spreads waits, keeps no secret
    return View(
        situation=situation, limits=limits, ruling=ruling_of(situation), found=candidates(situation, limits, rng)
    )
