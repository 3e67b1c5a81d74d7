"""The fallback hierarchy of seeds 004: primary, alternative, decomposition, fallback at 80 %, fallback at 60 %."""

from __future__ import annotations

import random
from collections.abc import Mapping

from recovery.choice.belief import Belief, sample
from recovery.choice.history import ALTERNATIVE, FALLBACK_60, PRIMARY, former_rung, rung_after
from recovery.situation import Option, Situation
from recovery.states import Strategy

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
    """The rung on which an option stands; a first wait stands on the first, the ends where the ladder ends."""
    if option.strategy in {Strategy.ASK_A_PERSON, Strategy.GIVE_UP}:
        return FALLBACK_60
    return max(PRIMARY, rung_after(former_rung(situation.history), option.strategy, option.params))
