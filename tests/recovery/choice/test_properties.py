"""What holds whatever failed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recovery.choice import open_strategies, wants_opinion
from recovery.choice.applicable import Limits, candidates
from recovery.choice.delays import MOST_WAITS
from recovery.choice.history import identity, tried_on_it
from recovery.choice.kinds import REFUSALS
from recovery.situation import Opinion, Past, Situation, Verdict
from recovery.states import SIX, RecoveryState, Source, Strategy
from tests.recovery.choice.cases import (
    BASE_S,
    KINDS,
    NOW,
    PATIENCE_S,
    SIGNATURES,
    decide,
    seeded,
    situation,
    situations,
)

pytestmark = pytest.mark.feature("F3.2")

LIMITS = Limits(threshold=0.7, base_s=BASE_S, patience_s=PATIENCE_S)
ENDS = {Strategy.ASK_A_PERSON, Strategy.GIVE_UP}
opinions = st.none() | st.builds(
    Opinion, strategy=st.sampled_from(list(Strategy)), confidence=st.floats(0, 1), reasons=st.just(("because",))
)


@settings(deadline=None, max_examples=400)
@given(situations(), opinions, st.integers(0, 10_000))
def test_there_is_always_a_sound_verdict(found: Situation, opinion: Opinion | None, seed: int) -> None:
    verdict = decide(found, seed=seed, opinion=opinion)
    chosen = verdict.chosen
    assert 0.0 <= chosen.confidence <= 1.0
    assert 1 <= verdict.rung <= 5
    assert chosen.reasons
    assert not chosen.why_not
    others = [one for one in verdict.alternatives if one.source != Source.MODEL]
    assert {one.strategy for one in others} | ({chosen.strategy} - ENDS) == set(SIX)
    assert all(one.why_not for one in verdict.alternatives)
    if chosen.strategy in ENDS:
        assert (verdict.request is None) == (chosen.strategy == Strategy.GIVE_UP)
        return
    possible = candidates(found, LIMITS, seeded(seed))[chosen.strategy]
    assert possible.possible
    assert possible.params.keys() == chosen.params.keys()
    _is_not_repeated(found, verdict)
    _asks_nobody_who_refused(found, verdict)
    if chosen.strategy == Strategy.SKIP_WITH_FALLBACK:
        assert chosen.params["percent"] in found.fallbacks
    if chosen.strategy == Strategy.RETRY_WITH_DELAY:
        _waits_within_bounds(found, chosen.params["delay_s"])


def _is_not_repeated(found: Situation, verdict: Verdict) -> None:
    waits = verdict.chosen.strategy == Strategy.RETRY_WITH_DELAY
    if not (waits and (found.outside or verdict.chosen.params["delay_s"] == 0.0)):
        assert identity(verdict.chosen.strategy, verdict.chosen.params) not in tried_on_it(found)


def _asks_nobody_who_refused(found: Situation, verdict: Verdict) -> None:
    if found.failure_kind in REFUSALS and verdict.chosen.strategy != Strategy.SKIP_WITH_FALLBACK:
        assert found.provider in verdict.chosen.params["avoid"]


def _waits_within_bounds(found: Situation, delay_s: float) -> None:
    assert found.left_s is None or delay_s < found.left_s
    assert delay_s >= 0
    if found.failure_kind == "worker_lost":
        return
    if found.retry_at is None:
        assert delay_s <= 300 * 1.1
    else:
        named_s = max(1.0, (found.retry_at - NOW).total_seconds())
        assert named_s - 0.001 <= delay_s <= max(named_s + 30, 300 * 1.1)


@settings(deadline=None, max_examples=200)
@given(situations())
def test_an_opinion_is_asked_only_where_it_can_decide(found: Situation) -> None:
    if not wants_opinion(found, threshold=0.7, base_s=BASE_S, patience_s=PATIENCE_S):
        return
    possible = open_strategies(found, base_s=BASE_S, patience_s=PATIENCE_S)
    for one in possible:
        followed = decide(found, opinion=Opinion(strategy=one, confidence=0.9, provider="m"))
        assert (followed.chosen.strategy, followed.chosen.source) == (one, Source.MODEL)


@st.composite
def tasks(draw: st.DrawFn) -> Situation:
    return situation(
        critical=draw(st.booleans()),
        parts=draw(st.sampled_from([0, 3])),
        approaches=draw(st.sampled_from([(), ("x",), ("x", "y", "z")])),
        fallbacks=draw(st.sampled_from([(), (80, 60), (60,)])),
        left_s=draw(st.none() | st.floats(0, 20_000)),
        max_attempts=draw(st.integers(1, 5)),
    )


@settings(deadline=None, max_examples=120)
@given(tasks(), st.data())
def test_the_ladder_ends_whatever_fails(task: Situation, data: st.DataObject) -> None:
    """An adversary chooses every failure: its kind, signature, provider, whether it lies outside, and who is up."""
    found, steps, seen = task, 0, set()
    while True:
        found = _failed_again(found, data)
        verdict = decide(found, seed=steps)
        chosen = verdict.chosen
        if chosen.strategy in ENDS:
            break
        key = (found.signature, identity(chosen.strategy, chosen.params), found.failure_kind * (not found.signature))
        apart = chosen.strategy == Strategy.RETRY_WITH_DELAY and (found.outside or not chosen.params["delay_s"])
        assert apart or key not in seen
        seen.add(key)
        steps += 1
        assert steps <= found.max_attempts + MOST_WAITS + 3 + 2 + 10
        found = _applied(found, verdict)
    if found.critical and not found.fallbacks and found.failure_kind in {"work", "code"} and (found.left_s or 1) > 0:
        assert chosen.strategy == Strategy.ASK_A_PERSON


def _failed_again(found: Situation, data: st.DataObject) -> Situation:
    """The engine's counters: outside spends a wait, a lost worker a crash, everything else an attempt."""
    kind = data.draw(st.sampled_from(KINDS))
    outside = kind != "worker_lost" and data.draw(st.booleans())
    counted: dict[str, Any] = {"attempts": found.attempts + 1}
    if kind == "worker_lost":
        counted = {"crashes": found.crashes + 1}
    elif outside:
        counted = {"waits": found.waits + 40}  # a year in the life of a task is made short
    return replace(
        found, failure_kind=kind, outside=outside, signature=data.draw(st.sampled_from(SIGNATURES)),
        provider=data.draw(st.sampled_from(["", "a", "b", "c"])),
        providers=tuple(data.draw(st.sampled_from(["", "a", "ab", "abc"]))), **counted,
    )  # fmt: skip


def _applied(found: Situation, verdict: Verdict) -> Situation:
    chosen = verdict.chosen
    left_s = found.left_s
    if left_s is not None:
        left_s -= chosen.params.get("delay_s", 0.0) + 1.0
    tried = Past(
        strategy=chosen.strategy, failure_kind=found.failure_kind, signature=found.signature,
        state=RecoveryState.RELAPSED, params=chosen.params,
    )  # fmt: skip
    return replace(
        found, history=(*found.history, tried), avoid=tuple(chosen.params.get("avoid", found.avoid)), left_s=left_s,
        depth=chosen.params.get("depth", found.depth),
    )  # fmt: skip
