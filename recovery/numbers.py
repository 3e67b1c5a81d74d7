"""The numbers that an operator, and for its patience a build, sets for choosing."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from projects.models import Build
from recovery.choice import choose, is_immediate, open_strategies, wants_opinion
from recovery.choice.applicable import Limits, candidates
from recovery.situation import Opinion, Situation, Verdict
from recovery.states import Strategy

PATIENCE = "patience_s"


@dataclass(frozen=True, kw_only=True)
class Chooser:
    """`recovery.choice` with the numbers of this installation; `rng` draws the samples and the jitter."""

    threshold: float
    base_s: float
    patience_s: float
    rng: random.Random

    def choose(self, situation: Situation, opinion: Opinion | None = None) -> Verdict:
        return choose(
            situation, opinion=opinion, threshold=self.threshold, base_s=self.base_s, patience_s=self.patience_s,
            rng=self.rng,
        )  # fmt: skip

    def wants_opinion(self, situation: Situation) -> bool:
        return wants_opinion(situation, **self._numbers())

    def is_immediate(self, situation: Situation) -> bool:
        return is_immediate(situation, **self._numbers())

    def open_strategies(self, situation: Situation) -> tuple[Strategy, ...]:
        return open_strategies(situation, base_s=self.base_s, patience_s=self.patience_s)

    def applicable(self, situation: Situation, strategy: Strategy) -> tuple[Mapping[str, Any], str]:
        """The params with which one of the six would be used now, and where it cannot be, why not."""
        limits = Limits(threshold=self.threshold, base_s=self.base_s, patience_s=self.patience_s)
        found = candidates(situation, limits, self.rng).get(strategy)
        return ({}, "A person decides this.") if found is None else (found.params, found.why_not)

    def _numbers(self) -> dict[str, float]:
        return {"threshold": self.threshold, "base_s": self.base_s, "patience_s": self.patience_s}


def chooser_for(build: Build, *, rng: random.Random | None = None) -> Chooser:
    """The settings; the build's option `patience_s` goes before RECOVERY_PATIENCE_SECONDS."""
    return Chooser(
        threshold=settings.AI_RECOVERY_CONFIDENCE_THRESHOLD,
        base_s=float(settings.RECOVERY_DELAY_SECONDS),
        patience_s=patience_of(build.options),
        rng=rng or random.SystemRandom(),
    )


def patience_of(options: Mapping[str, Any]) -> float:
    """Seconds that work with a fallback waits for an outage. What is no number is the installation's."""
    wanted = options.get(PATIENCE)
    if isinstance(wanted, int | float) and not isinstance(wanted, bool) and wanted >= 0:
        return float(wanted)
    return float(settings.RECOVERY_PATIENCE_SECONDS)
