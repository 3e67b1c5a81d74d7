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
PRIMARY, ALTERNATIVE, DECOMPOSITION, FALLBACK_80, FALLBACK_60 = 1, 2, 3, 4, 5
NO_RUNG = frozenset({Strategy.RETRY_WITH_DELAY, Strategy.ASK_A_PERSON, Strategy.GIVE_UP})
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
    """The rung of the hierarchy that was reached, 0 where nothing was tried."""
    rung = 0
    for one in history:
        rung = rung_after(rung, one.strategy, one.params)
    return rung


def rung_after(former: int, strategy: Strategy, params: Mapping[str, Any]) -> int:
    """The rung on which a strategy stands that is tried after the `former` rung. Whatever is tried first is the
    primary; waits and the ends are no rung of their own."""
    if strategy in NO_RUNG:
        return former
    if strategy == Strategy.SKIP_WITH_FALLBACK:
        return max(former, FALLBACK_80 if int(params.get("percent", 0)) >= FULL_FALLBACK else FALLBACK_60)
    if former < PRIMARY:
        return PRIMARY
    return max(former, DECOMPOSITION if strategy == Strategy.DECOMPOSE_INTO_SUBTASKS else ALTERNATIVE)
