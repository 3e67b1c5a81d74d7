"""The figures of recovery as cards: what a person wants to know first. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from recovery.metrics import Metrics
from recovery.selectors.words import seconds

DAY_S = 86_400.0
NONE = "–"


@dataclass(frozen=True, kw_only=True)
class Card:
    """`hint` says what it was counted from."""

    label: str
    value: str
    hint: str


def cards_of(metrics: Metrics) -> tuple[Card, ...]:
    """Six of them."""
    at_once, later = metrics.immediate, metrics.scheduled
    return (
        Card(
            label="Recovered",
            value=_percent(metrics.success_rate),
            hint=f"{metrics.recovered_tasks} of {metrics.recovered_tasks + metrics.lost_tasks} tasks that failed",
        ),
        Card(label="Time to recovery, p50", value=_time(at_once.p50_s), hint=f"{at_once.count} at once"),
        Card(
            label="Time to recovery, p95",
            value=_time(at_once.p95_s),
            hint=f"planned waits apart: p50 {_time(later.p50_s)} of {later.count}"
            if later.count
            else "no planned waits",
        ),
        Card(
            label="Attempts to success",
            value=NONE if metrics.attempts_to_success is None else f"{metrics.attempts_to_success:.1f}",
            hint=f"{metrics.decided} decision{'' if metrics.decided == 1 else 's'}, {metrics.open} under way",
        ),
        Card(
            label="False positives",
            value=_percent(metrics.false_positive_rate),
            hint=f"{metrics.false_positives} failed again within the hour",
        ),
        Card(
            label="Questions to people",
            value=str(metrics.requests),
            hint=f"{metrics.answered} answered, {metrics.open_requests} open; {_percent(metrics.intervention_rate)} of "
            "failed tasks",
        ),
    )


def window(metrics: Metrics) -> str:
    """Of which time the figures are."""
    return f"the last {seconds(metrics.over_s)}"


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{round(100 * share)} %"


def _time(value: float | None) -> str:
    return NONE if value is None else seconds(max(0.0, value))
