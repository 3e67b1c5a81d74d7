"""Without a rule: what was learned, then an opinion, then the hierarchy."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from recovery.choice import open_strategies, wants_opinion
from recovery.choice.belief import FLOOR, Belief, belief, proven_fix, sample
from recovery.choice.kinds import CLAIMED, claimed, fits
from recovery.situation import Learned, Opinion, Situation
from recovery.states import SIX, Source, Strategy
from tests.recovery.choice.cases import BASE_S, PATIENCE_S, THRESHOLD, decide, past, seeded, situation

pytestmark = [pytest.mark.feature("F3.2"), pytest.mark.feature("F3.8")]
AGENT, DELAY = Strategy.RETRY_WITH_DIFFERENT_AGENT, Strategy.RETRY_WITH_DELAY
APPROACH, CONTEXT = Strategy.ALTERNATIVE_APPROACH, Strategy.CONTEXT_RECONSTRUCTION
PARTS, SKIP = Strategy.DECOMPOSE_INTO_SUBTASKS, Strategy.SKIP_WITH_FALLBACK
NUMBERS = {"base_s": BASE_S, "patience_s": PATIENCE_S}


def unsure(**given: object) -> Situation:
    """A failure that nobody knows: no trigger of seeds 004 is met."""
    return situation("unknown", **({"parts": 3, "approaches": ("x",), "fallbacks": (80, 60)} | given))


def test_the_claims_are_weak() -> None:
    found = belief(APPROACH, situation())
    assert found.mean == pytest.approx(CLAIMED[APPROACH])
    two_failures = situation(learned={APPROACH: Learned(bad=2.0)})
    assert belief(APPROACH, two_failures).mean == pytest.approx(CLAIMED[APPROACH] / 2)


def test_away_from_its_trigger_nothing_is_claimed() -> None:
    for strategy in SIX[:3] + SIX[4:]:
        assert fits(strategy, "unknown") is False
        assert claimed(strategy, "unknown") == pytest.approx(CLAIMED[strategy] / 2)
    assert claimed(PARTS, "work", attempts=1) < 0.5 < claimed(PARTS, "work", attempts=2)
    assert fits(CONTEXT, "work", changed=True)
    assert claimed(Strategy.GIVE_UP, "work") == 0.0


def test_what_worked_is_taken_and_nothing_is_forgotten() -> None:
    learned = {CONTEXT: Learned(good=30.0, bad=1.0), APPROACH: Learned(good=3.0, bad=30.0)}
    found = situation(parts=3, approaches=("x",), learned=learned)
    made = [decide(found, seed=seed).chosen for seed in range(600)]
    counts = Counter(one.strategy for one in made)
    assert counts[CONTEXT] > 450
    assert set(counts) == {AGENT, DELAY, APPROACH, CONTEXT, PARTS}
    right = next(one for one in made if one.strategy == CONTEXT)
    assert right.source == Source.LEARNED
    assert right.confidence > 0.9
    assert "31 outcomes seen" in right.reasons[1]


def test_the_floor_holds_against_any_belief() -> None:
    beliefs = {
        APPROACH: Belief(good=1e6, bad=0.0, seen=1e6),
        CONTEXT: Belief(good=0.0, bad=1e6, seen=1e6),
    }
    rng = seeded(5)
    share = sum(sample(beliefs, rng) == CONTEXT for _ in range(4000)) / 4000
    assert FLOOR / 2 * 0.5 < share < FLOOR / 2 * 1.6
    with pytest.raises(ValueError, match="nothing"):
        sample({}, random.Random(1))  # noqa: S311 - draws nothing


def test_a_fix_is_proven_by_more_than_luck() -> None:
    assert proven_fix({APPROACH: Belief(good=1, bad=1, seen=1, known=(1, 1))}) == APPROACH
    assert proven_fix({APPROACH: Belief(good=1, bad=1, seen=1, known=(1, 2))}) is None
    assert proven_fix({APPROACH: Belief(good=1, bad=1, seen=1, known=(0, 0))}) is None
    both = {APPROACH: Belief(good=1, bad=1, seen=1, known=(2, 3)), CONTEXT: Belief(good=1, bad=1, seen=1, known=(3, 3))}
    assert proven_fix(both) == CONTEXT
    assert proven_fix({}) is None


def test_an_opinion_is_wanted_where_nothing_is_sure() -> None:
    assert wants_opinion(unsure(), threshold=THRESHOLD, **NUMBERS)
    assert not wants_opinion(unsure(providers=()), threshold=THRESHOLD, **NUMBERS)
    assert not wants_opinion(unsure(attempts=5), threshold=THRESHOLD, **NUMBERS)
    assert not wants_opinion(situation(approaches=("x",)), threshold=THRESHOLD, **NUMBERS)
    assert not wants_opinion(unsure(), threshold=0.3, **NUMBERS)
    assert SKIP not in open_strategies(unsure(), **NUMBERS)


def test_an_opinion_is_followed_where_it_is_sure() -> None:
    opinion = Opinion(strategy=PARTS, confidence=0.9, reasons=("It is large.",), provider="m")
    verdict = decide(unsure(), opinion=opinion)
    assert (verdict.chosen.strategy, verdict.chosen.source, verdict.rung) == (PARTS, Source.MODEL, 1)
    assert (verdict.chosen.confidence, verdict.chosen.reasons[-1]) == (0.9, "It is large.")


@pytest.mark.parametrize(
    ("strategy", "confidence", "why_not"),
    [(PARTS, 0.69, "below 70%"), (SKIP, 0.9, "not possible"), (Strategy.GIVE_UP, 0.9, "not possible")],
)
def test_an_opinion_that_is_not_followed_says_why(strategy: Strategy, confidence: float, why_not: str) -> None:
    verdict = decide(unsure(), opinion=Opinion(strategy=strategy, confidence=confidence))
    assert verdict.chosen.source == Source.HIERARCHY
    said = [one for one in verdict.alternatives if one.source == Source.MODEL]
    assert [why_not in one.why_not for one in said] == [True]


def test_an_opinion_nobody_needed() -> None:
    learned = {CONTEXT: Learned(good=40.0)}
    verdict = decide(
        situation("code", approaches=("x",), learned=learned), opinion=Opinion(strategy=APPROACH, confidence=1.0)
    )
    said = next(one for one in verdict.alternatives if one.source == Source.MODEL)
    assert "was preferred" in said.why_not


def test_the_hierarchy_is_climbed() -> None:
    """Primary, alternative, decomposition, and only when nothing is left the fallbacks."""
    found, seen = unsure(attempts=1), []
    for turn in range(8):
        verdict = decide(found, seed=turn)
        chosen = verdict.chosen
        seen.append((verdict.rung, chosen.strategy))
        tried = past(chosen.strategy, kind="unknown", **chosen.params)
        found = unsure(attempts=1, history=(*found.history, tried), avoid=("a",))
    rungs = [rung for rung, _ in seen]
    assert rungs[0] == 1
    assert rungs.index(3) < rungs.index(4)
    assert [one for one in seen if one[1] == SKIP] == [(4, SKIP), (5, SKIP)]
    assert seen[-1][1] == Strategy.ASK_A_PERSON


def test_the_second_rung_is_another_way() -> None:
    found = unsure(history=(past(CONTEXT, kind="unknown"),))
    assert {decide(found, seed=seed).chosen.strategy for seed in range(20)} == {APPROACH}
    third = unsure(history=(past(CONTEXT, kind="unknown"), past(APPROACH, kind="unknown", approach="x")))
    assert decide(third).chosen.strategy == PARTS


def test_the_hierarchy_passes_over_what_is_hopeless() -> None:
    learned = {APPROACH: Learned(bad=20.0)}
    found = unsure(history=(past(CONTEXT, kind="unknown"),), learned=learned)
    verdict = decide(found)
    assert verdict.chosen.strategy not in {APPROACH, PARTS}
    assert next(one for one in verdict.alternatives if one.strategy == APPROACH).why_not.startswith("It helped in")
    only = unsure(history=(past(CONTEXT, kind="unknown"),), learned=learned, parts=0, providers=("a",))
    tried = (*only.history, past(DELAY, kind="unknown", delay_s=30.0))
    assert decide(unsure(history=tried, learned=learned, parts=0, providers=("a",))).chosen.strategy == APPROACH
