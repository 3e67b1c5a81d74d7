"""Which of the six strategies are possible at all now, and for each that is not, why."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recovery.choice import delays, history
from recovery.choice.kinds import REFUSALS, SAME_AGAIN, SAME_EVERYWHERE
from recovery.situation import Situation
from recovery.states import SIX, Strategy

# Decomposed work is decomposed once more at most.
MOST_DEPTH = 2
LEAST_PARTS = 2
UNKNOWN_REFUSER = "Whoever refused it would be asked again; it is not known who that was."


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers an operator sets: base delay and patience in seconds, the threshold between 0 and 1."""

    threshold: float
    base_s: float
    patience_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One use of a strategy: its `params`, or `why_not`."""

    strategy: Strategy
    params: Mapping[str, Any]
    why_not: str = ""

    @property
    def possible(self) -> bool:
        return not self.why_not


def candidates(situation: Situation, limits: Limits, rng: random.Random) -> dict[Strategy, Candidate]:
    """All six in the order of seeds 004, each as it would be used next."""
    made = {strategy: _MAKERS[strategy](situation, limits, rng) for strategy in SIX}
    return {strategy: _unrepeated(one, situation) for strategy, one in made.items()}


def _unrepeated(one: Candidate, situation: Situation) -> Candidate:
    """The same done again about the very same failure is refused; waits for what lies outside apart."""
    waits = one.strategy == Strategy.RETRY_WITH_DELAY and (situation.outside or one.params.get("delay_s") == 0.0)
    if waits or not one.possible or history.identity(one.strategy, one.params) not in history.tried_on_it(situation):
        return one
    return _no(one.strategy, "It was tried on this very failure already.")


def _different_agent(situation: Situation, limits: Limits, rng: random.Random) -> Candidate:
    strategy = Strategy.RETRY_WITH_DIFFERENT_AGENT
    if not situation.by_provider and not situation.provider:
        return _no(strategy, "No provider does this work.")
    if not situation.provider:
        return _no(strategy, "It is not known which provider failed.")
    if situation.failure_kind in SAME_EVERYWHERE:
        return _no(strategy, SAME_EVERYWHERE[situation.failure_kind])
    if not _others(situation):
        return _no(strategy, "No other provider can be asked now.")
    return Candidate(strategy=strategy, params=_leave_out(situation))


def _decompose(situation: Situation, limits: Limits, rng: random.Random) -> Candidate:
    strategy = Strategy.DECOMPOSE_INTO_SUBTASKS
    if situation.parts < LEAST_PARTS:
        return _no(strategy, "The work cannot be divided further.")
    if situation.depth >= MOST_DEPTH:
        return _no(strategy, f"It was divided {MOST_DEPTH} times already.")
    if situation.outside:
        return _no(strategy, "What failed lies outside; smaller parts would meet it too.")
    return _elsewhere(Candidate(strategy=strategy, params={"depth": situation.depth + 1}), situation)


def _approach(situation: Situation, limits: Limits, rng: random.Random) -> Candidate:
    strategy = Strategy.ALTERNATIVE_APPROACH
    known = situation.learned.get(strategy)
    proven = str(known.known_params.get("approach", "")) if known is not None and known.known[0] else ""
    left = [name for name in situation.approaches if name not in history.tried_approaches(situation.history)]
    if not left:
        return _no(strategy, "There is no other way left." if situation.approaches else "No other way is known.")
    params: dict[str, Any] = {"approach": proven if proven in left else left[0]}
    if situation.failure_kind in REFUSALS:
        if not situation.provider:
            return _no(strategy, UNKNOWN_REFUSER)
        params |= _leave_out(situation)
    return Candidate(strategy=strategy, params=params)


def _fallback(situation: Situation, limits: Limits, rng: random.Random) -> Candidate:
    strategy = Strategy.SKIP_WITH_FALLBACK
    tried = history.tried_percents(situation.history)
    below = min(tried, default=100)
    left = [percent for percent in sorted(situation.fallbacks, reverse=True) if percent < below]
    if not left:
        return _no(strategy, "All fallbacks were tried." if tried else "Nothing can stand in for this work.")
    return Candidate(strategy=strategy, params={"percent": left[0]})


def _reconstruct(situation: Situation, limits: Limits, rng: random.Random) -> Candidate:
    strategy = Strategy.CONTEXT_RECONSTRUCTION
    if situation.outside:
        return _no(strategy, "What failed lies outside; the context is as it was.")
    return _elsewhere(Candidate(strategy=strategy, params={}), situation)


def _delay(situation: Situation, limits: Limits, rng: random.Random) -> Candidate:
    strategy, kind = Strategy.RETRY_WITH_DELAY, situation.failure_kind
    if kind in REFUSALS:
        return _no(strategy, f"Waiting does not change it: {REFUSALS[kind]}.")
    if kind in SAME_AGAIN:
        return _no(strategy, SAME_AGAIN[kind])
    wanted_s = delays.delay_of(situation, base_s=limits.base_s, rng=rng)
    delay_s, why_not = delays.wait_within(situation, wanted_s, patience_s=limits.patience_s)
    if delay_s is None:
        return _no(strategy, why_not)
    params: dict[str, Any] = {"delay_s": round(delay_s, 3)}
    refused = history.refused_by(situation)
    if situation.outside and set(situation.avoid) != set(refused):
        params["avoid"] = list(refused)  # who was only away may be asked again then
    return Candidate(strategy=strategy, params=params)


def _elsewhere(one: Candidate, situation: Situation) -> Candidate:
    """The work is begun again; after a refusal only with somebody else."""
    if situation.failure_kind not in REFUSALS:
        return one
    if not situation.provider:
        return _no(one.strategy, UNKNOWN_REFUSER)
    if not _others(situation):
        return _no(one.strategy, f"{situation.provider} would be asked again: {REFUSALS[situation.failure_kind]}.")
    return Candidate(strategy=one.strategy, params={**one.params, **_leave_out(situation)})


def _others(situation: Situation) -> set[str]:
    return {*situation.providers} - {*situation.avoid, situation.provider}


def _leave_out(situation: Situation) -> dict[str, Any]:
    """Whoever failed on this task is not asked; `avoid` replaces what was avoided before."""
    return {"avoid": sorted({*situation.avoid, situation.provider}), history.FAILED: situation.provider}


def _no(strategy: Strategy, why_not: str) -> Candidate:
    return Candidate(strategy=strategy, params={}, why_not=why_not)


_MAKERS: Mapping[Strategy, Callable[[Situation, Limits, random.Random], Candidate]] = {
    Strategy.RETRY_WITH_DIFFERENT_AGENT: _different_agent,
    Strategy.DECOMPOSE_INTO_SUBTASKS: _decompose,
    Strategy.ALTERNATIVE_APPROACH: _approach,
    Strategy.SKIP_WITH_FALLBACK: _fallback,
    Strategy.CONTEXT_RECONSTRUCTION: _reconstruct,
    Strategy.RETRY_WITH_DELAY: _delay,
}
