"""What was tried already, read from the earlier decisions about the task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from recovery.choice.kinds import REFUSALS
from recovery.situation import Past, Situation
from recovery.states import Strategy

Identity = tuple[Strategy, tuple[str, ...]]
# What tells one use of a strategy from another; a delay's length does not.
TELLING: Mapping[Strategy, str] = {
    Strategy.RETRY_WITH_DIFFERENT_AGENT: "avoid",
    Strategy.ALTERNATIVE_APPROACH: "approach",
    Strategy.SKIP_WITH_FALLBACK: "percent",
}
# The param that says who failed when others were chosen.
FAILED = "failed"
RUNG = {Strategy.ALTERNATIVE_APPROACH: 2, Strategy.DECOMPOSE_INTO_SUBTASKS: 3}
FULL_FALLBACK = 80


def identity(strategy: Strategy, params: Mapping[str, Any]) -> Identity:
    """Equal where the strategy would do the same thing again."""
    value = params.get(TELLING.get(strategy, ""), ())
    several = value if isinstance(value, list | tuple) else (value,)
    return strategy, tuple(sorted(map(str, several)))


def same_failure(past: Past, situation: Situation) -> bool:
    """Whether it was this very failure; those without a signature are told apart by their kind."""
    if situation.signature or past.signature:
        return past.signature == situation.signature
    return past.failure_kind == situation.failure_kind


def tried_on_it(situation: Situation) -> frozenset[Identity]:
    """What was done about this very failure before."""
    return frozenset(identity(one.strategy, one.params) for one in situation.history if same_failure(one, situation))


def tried_approaches(history: Iterable[Past]) -> frozenset[str]:
    """The names of the other ways that were gone, whatever came of them."""
    used = (one.params for one in history if one.strategy == Strategy.ALTERNATIVE_APPROACH)
    return frozenset(str(params["approach"]) for params in used if "approach" in params)


def tried_percents(history: Iterable[Past]) -> frozenset[int]:
    """The sizes of the fallbacks that were tried."""
    used = (one.params for one in history if one.strategy == Strategy.SKIP_WITH_FALLBACK)
    return frozenset(int(params["percent"]) for params in used if "percent" in params)


def waited_s(history: Iterable[Past]) -> float:
    """How many seconds of waiting were decided so far."""
    waits = (one.params.get("delay_s", 0.0) for one in history if one.strategy == Strategy.RETRY_WITH_DELAY)
    return float(sum(waits))


def refused_by(situation: Situation) -> tuple[str, ...]:
    """The providers that are left out for good: who refused a key or the content is not asked again after a wait, who
    was only away is."""
    failed = [(str(past.params.get(FAILED, "")), past.failure_kind) for past in situation.history]
    failed.append((situation.provider, situation.failure_kind))
    return tuple(sorted({name for name, kind in failed if name and kind in REFUSALS}))


def former_rung(history: Sequence[Past]) -> int:
    """The highest rung of the hierarchy that was stood on, 0 where nothing was tried. Waits are no rung."""
    return max((rung_of_past(one) for one in history), default=0)


def rung_of_past(past: Past) -> int:
    match past.strategy:
        case Strategy.RETRY_WITH_DELAY | Strategy.ASK_A_PERSON | Strategy.GIVE_UP:
            return 0
        case Strategy.SKIP_WITH_FALLBACK:
            return 4 if int(past.params.get("percent", 0)) >= FULL_FALLBACK else 5
        case _:
            return RUNG.get(past.strategy, 1)
