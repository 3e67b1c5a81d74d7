"""What was looked at and not taken, each with the reason in words."""

from __future__ import annotations

from collections.abc import Iterator

from recovery.choice.belief import Belief, belief
from recovery.choice.view import View
from recovery.situation import Opinion, Option
from recovery.states import Source, Strategy

NOTHING_LEFT = "Nothing is left that was not tried."


def alternatives(view: View, chosen: Option, opinion: Opinion | None) -> tuple[Option, ...]:
    """The other strategies, and the opinion that was not followed."""
    made = list(_strategies(view, chosen))
    if opinion is not None and chosen.source != Source.MODEL:
        made.append(
            Option(
                strategy=opinion.strategy,
                source=Source.MODEL,
                confidence=opinion.confidence,
                reasons=opinion.reasons,
                why_not=_opinion_not(view, chosen, opinion),
            )
        )
    return tuple(made)


def _strategies(view: View, chosen: Option) -> Iterator[Option]:
    for one in view.found.values():
        if one.strategy == chosen.strategy:
            continue
        known = belief(one.strategy, view.situation)
        yield Option(
            strategy=one.strategy,
            source=Source.LEARNED,
            confidence=known.mean,
            reasons=(known.words(),),
            params=one.params,
            why_not=one.why_not or _passed_over(view, chosen, known),
        )


def _passed_over(view: View, chosen: Option, known: Belief) -> str:
    ruling = view.ruling
    if ruling is not None and chosen.source == Source.RULE:
        return f"A rule goes first: {ruling.why}"
    if known.hopeless:
        return f"It helped in {known.mean:.0%} of such cases only."
    return f"{chosen.strategy.label} was preferred."


def _opinion_not(view: View, chosen: Option, opinion: Opinion) -> str:
    if opinion.strategy == Strategy.SKIP_WITH_FALLBACK or opinion.strategy not in view.beliefs:
        return "It is not possible here."
    if opinion.confidence < view.limits.threshold:
        return f"The opinion's confidence is below {view.limits.threshold:.0%}."
    return f"{chosen.strategy.label} was preferred."
