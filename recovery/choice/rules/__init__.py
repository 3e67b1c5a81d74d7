"""The hard rules in their order; the first that says something holds."""

from __future__ import annotations

from recovery.choice.rules import ends, failures
from recovery.choice.rules.types import Rule, Ruling
from recovery.situation import Situation

__all__ = ["RULES", "Ruling", "ruling_of"]

RULES: tuple[Rule, ...] = (
    ends.pointless,
    ends.deadline_passed,
    ends.corrupt_data,
    ends.killed_its_worker,
    ends.fallback_failed,
    ends.attempts_spent,
    ends.money_spent,
    ends.no_way_left,
    failures.refused,
    failures.outside,
    failures.passes_by_itself,
    failures.of_its_kind,
)


def ruling_of(situation: Situation) -> Ruling | None:
    """What the rules say; None where what was learned chooses."""
    return next((ruling for rule in RULES if (ruling := rule(situation)) is not None), None)
