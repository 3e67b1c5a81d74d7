"""The fallback hierarchy of seeds 004: primary, alternative, decomposition, fallback at 80 %, fallback at 60 %."""

from __future__ import annotations

import random
from collections.abc import Mapping

from recovery.choice.belief import Belief, sample
from recovery.choice.history import FULL_FALLBACK, RUNG, former_rung
from recovery.situation import Option, Situation
from recovery.states import Strategy

PRIMARY, ALTERNATIVE, DECOMPOSITION, FALLBACK_80, FALLBACK_60 = 1, 2, 3, 4, 5
OTHER = "What was tried before did not help: another strategy."


def next_rung(situation: Situation, beliefs: Mapping[Strategy, Belief], rng: random.Random) -> tuple[Strategy, str]:
    """The strategy of the next rung above the one that failed, among those that are possible (`beliefs` must not be
    empty), and the reason in words. What much evidence speaks against comes only when nothing else is left; a strategy
    that is left over is tried before a fallback, because that gives the whole work."""
    open_ = {one: found for one, found in beliefs.items() if not found.hopeless} or dict(beliefs)
    former = former_rung(situation.history)
    if former < PRIMARY:
        return sample(open_, rng), "Nothing was tried yet: the likeliest first."
    if former < ALTERNATIVE and Strategy.ALTERNATIVE_APPROACH in open_:
        return Strategy.ALTERNATIVE_APPROACH, OTHER
    others = {**open_}
    others.pop(Strategy.DECOMPOSE_INTO_SUBTASKS, None)
    if Strategy.DECOMPOSE_INTO_SUBTASKS in open_ and (former >= ALTERNATIVE or not others):
        return Strategy.DECOMPOSE_INTO_SUBTASKS, "Another strategy did not help either: smaller parts."
    return sample(others, rng), OTHER


def rung_of(option: Option, situation: Situation) -> int:
    """The rung on which an option stands. A wait is none of its own; the ends stand where the ladder ends."""
    match option.strategy:
        case Strategy.ASK_A_PERSON | Strategy.GIVE_UP:
            return FALLBACK_60
        case Strategy.SKIP_WITH_FALLBACK:
            return FALLBACK_80 if option.params["percent"] >= FULL_FALLBACK else FALLBACK_60
        case Strategy.RETRY_WITH_DELAY:
            return max(PRIMARY, former_rung(situation.history))
        case _:
            return max(RUNG.get(option.strategy, PRIMARY), ALTERNATIVE if former_rung(situation.history) else PRIMARY)
