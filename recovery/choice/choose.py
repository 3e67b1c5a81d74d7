"""What is done about a failed attempt: rules, then what was learned, then a model's opinion, then the hierarchy."""

from __future__ import annotations

import random
from dataclasses import replace

from recovery.choice import hierarchy
from recovery.choice.alternatives import NOTHING_LEFT, alternatives
from recovery.choice.applicable import Limits
from recovery.choice.belief import belief, sample
from recovery.choice.ending import end_of, give_up
from recovery.choice.kinds import IMMEDIATE
from recovery.choice.view import View, view_of
from recovery.situation import Opinion, Option, Situation, Verdict
from recovery.states import RequestReason, Source, Strategy

RULE_CONFIDENCE = 0.95


def choose(
    situation: Situation,
    *,
    opinion: Opinion | None = None,
    threshold: float,
    base_s: float,
    patience_s: float,
    rng: random.Random,
) -> Verdict:
    """The verdict, always. `threshold` lies between 0 and 1, `base_s` is the first delay and `patience_s` how long work
    with a fallback waits for an outage, both in seconds."""
    view = view_of(situation, Limits(threshold=threshold, base_s=base_s, patience_s=patience_s), rng)
    request: RequestReason | None = None
    made = None if view.ended else _by_rule(view, rng) or _by_belief(view, opinion, rng) or _by_fallback(view)
    if made is None:
        made, request = _at_the_end(view)
    return Verdict(
        chosen=made,
        rung=hierarchy.rung_of(made, situation),
        alternatives=alternatives(view, made, opinion),
        request=request,
    )


def wants_opinion(situation: Situation, *, threshold: float, base_s: float, patience_s: float) -> bool:
    """Whether a model's opinion would count: no rule decides, more than one strategy is possible, none reaches the
    threshold, and somebody could be asked."""
    view = view_of(situation, Limits(threshold=threshold, base_s=base_s, patience_s=patience_s))
    return bool(situation.providers) and view.unsure and len(view.beliefs) > 1


def open_strategies(situation: Situation, *, base_s: float, patience_s: float) -> tuple[Strategy, ...]:
    """What a model may choose from: what is possible now and was not tried on this failure, fallbacks apart."""
    return tuple(view_of(situation, Limits(threshold=0.0, base_s=base_s, patience_s=patience_s)).beliefs)


def is_immediate(situation: Situation, *, threshold: float, base_s: float, patience_s: float) -> bool:
    """Whether it is decided at the failure itself: the kinds that seeds 004 recovers at once, and what a rule decides.
    All else waits for the batch."""
    if situation.failure_kind in IMMEDIATE:
        return True
    view = view_of(situation, Limits(threshold=threshold, base_s=base_s, patience_s=patience_s))
    return view.ended or bool(view.by_rule) or not view.beliefs


def _by_rule(view: View, rng: random.Random) -> Option | None:
    ruling, allowed = view.ruling, view.by_rule
    if ruling is None or not allowed:
        return None
    strategy = next(iter(allowed)) if ruling.ordered else sample(allowed, rng)
    return _option(view, strategy, Source.RULE, ruling.why, confidence=RULE_CONFIDENCE)


def _by_belief(view: View, opinion: Opinion | None, rng: random.Random) -> Option | None:
    """By what was learned; where that is not sure of anything, by the opinion, and then by the hierarchy."""
    beliefs = view.beliefs
    if not beliefs:
        return None
    if not view.unsure:
        strategy = sample(beliefs, rng)
        return _option(view, strategy, Source.LEARNED, "By what was learned, with a part of chance.")
    if opinion is not None and opinion.strategy in beliefs and opinion.confidence >= view.limits.threshold:
        who = opinion.provider or "A model"
        made = _option(view, opinion.strategy, Source.MODEL, f"{who} was asked.", confidence=opinion.confidence)
        return replace(made, reasons=(*made.reasons, *opinion.reasons))
    strategy, why = hierarchy.next_rung(view.situation, beliefs, rng)
    return _option(view, strategy, Source.HIERARCHY, why)


def _by_fallback(view: View) -> Option | None:
    if not view.found[Strategy.SKIP_WITH_FALLBACK].possible:
        return None
    return _option(view, Strategy.SKIP_WITH_FALLBACK, Source.HIERARCHY, NOTHING_LEFT, confidence=RULE_CONFIDENCE)


def _at_the_end(view: View) -> tuple[Option, RequestReason | None]:
    ruling = view.ruling if view.ruling is not None and view.ruling.firm else None
    why = ruling.why if ruling is not None else NOTHING_LEFT
    if ruling is not None and Strategy.GIVE_UP in ruling.strategies:
        return give_up(why), None
    return end_of(view.situation, why=why, request=ruling.request if ruling is not None else None)


def _option(view: View, strategy: Strategy, source: Source, why: str, *, confidence: float | None = None) -> Option:
    known = belief(strategy, view.situation)
    told = () if source == Source.RULE and not known.seen else (known.words(),)
    return Option(
        strategy=strategy,
        source=source,
        confidence=known.mean if confidence is None else confidence,
        reasons=(why, *told) if why else told,
        params=view.found[strategy].params,
    )
