"""How well recovery does, over a window: a few queries, counted in the database."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q, QuerySet

from autodev.lib.clock import db_now
from recovery.models import HumanRequest, RecoveryAttempt
from recovery.states import RecoveryState, RequestState, Strategy

DAY_S = 86_400.0
ENDED = (RecoveryState.RECOVERED, RecoveryState.RELAPSED, RecoveryState.EXHAUSTED)
ASKING = (Strategy.ASK_A_PERSON, Strategy.GIVE_UP)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Decisions of one strategy, or about one kind of failure: how many, and of those that have ended how many brought
    the task through."""

    decided: int
    ended: int
    recovered: int

    @property
    def success_rate(self) -> float | None:
        return self.recovered / self.ended if self.ended else None


@dataclass(frozen=True, kw_only=True)
class Times:
    """Seconds from the failure to the end that was reached; None where there is none. `most` is the longest."""

    count: int = 0
    p50_s: float | None = None
    p95_s: float | None = None
    mean_s: float | None = None
    most_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """`tasks` failed, `recovered_tasks` came through after all, `lost_tasks` did not; what is under way is in neither.
    `success_rate` is that of tasks which have ended, `decision_success_rate` that of single decisions. `immediate` are
    recoveries without a planned wait, `scheduled` those with one, which `mean_delay_s` tells. `attempts_to_success` is
    how many decisions a recovered task took. `false_positives` were told recovered and failed again within the hour,
    `false_positive_rate` is their share. `requests` to people, `answered` and not; `intervention_rate` is the share of
    failed tasks about which a person was asked."""

    over_s: float
    decided: int = 0
    open: int = 0
    tasks: int = 0
    recovered_tasks: int = 0
    lost_tasks: int = 0
    success_rate: float | None = None
    decision_success_rate: float | None = None
    immediate: Times = field(default_factory=Times)
    scheduled: Times = field(default_factory=Times)
    mean_delay_s: float | None = None
    attempts_to_success: float | None = None
    by_strategy: Mapping[str, Tally] = field(default_factory=dict)
    by_kind: Mapping[str, Tally] = field(default_factory=dict)
    false_positives: int = 0
    false_positive_rate: float | None = None
    requests: int = 0
    answered: int = 0
    open_requests: int = 0
    intervention_rate: float | None = None


def metrics_of(workspace_id: uuid.UUID | None, *, over_s: float = 7 * DAY_S) -> Metrics:
    """Of the failures of the last `over_s` seconds, in one workspace or, without one, in all. A dozen queries."""
    rows = RecoveryAttempt.objects.filter(applied_at__isnull=False, created_at__gte=db_now(plus_s=-over_s))
    asked = HumanRequest.objects.filter(created_at__gte=db_now(plus_s=-over_s))
    if workspace_id is not None:
        rows, asked = rows.filter(workspace=workspace_id), asked.filter(workspace=workspace_id)
    tasks = _tasks(rows)
    came = rows.filter(state=RecoveryState.RECOVERED)
    counts = rows.aggregate(
        decided=Count("pk"),
        open=Count("pk", filter=Q(state=RecoveryState.APPLIED)),
        ended=Count("pk", filter=_counted()),
        recovered=Count("pk", filter=Q(state=RecoveryState.RECOVERED)),
        told=Count("pk", filter=Q(was_recovered_at__isnull=False)),
        false=Count("pk", filter=Q(was_recovered_at__isnull=False, state=RecoveryState.RELAPSED)),
        delay=Avg("delay_s", filter=Q(delay_s__gt=0.0)),
    )
    people = asked.aggregate(
        all=Count("pk"),
        tasks=Count("task", distinct=True),
        answered=Count("pk", filter=Q(state=RequestState.ANSWERED)),
        open=Count("pk", filter=Q(state=RequestState.OPEN)),
    )
    return Metrics(
        over_s=over_s,
        decided=counts["decided"],
        open=counts["open"],
        tasks=tasks["all"],
        recovered_tasks=tasks["recovered"],
        lost_tasks=tasks["lost"],
        success_rate=_share(tasks["recovered"], tasks["recovered"] + tasks["lost"]),
        decision_success_rate=_share(counts["recovered"], counts["ended"]),
        immediate=_times(came.filter(delay_s=0.0)),
        scheduled=_times(came.filter(delay_s__gt=0.0)),
        mean_delay_s=counts["delay"],
        attempts_to_success=came.aggregate(mean=Avg("number"))["mean"],
        by_strategy=_by(rows, "strategy"),
        by_kind=_by(rows, "failure_kind"),
        false_positives=counts["false"],
        false_positive_rate=_share(counts["false"], counts["told"]),
        requests=people["all"],
        answered=people["answered"],
        open_requests=people["open"],
        intervention_rate=_share(people["tasks"], tasks["all"]),
    )


def _counted() -> Q:
    """Decisions whose outcome says something about recovery: not questions, and not what was cut off by a cancel."""
    return Q(state__in=ENDED) & ~Q(strategy__in=ASKING) & ~Q(learned__isnull=True, state=RecoveryState.EXHAUSTED)


def _tasks(rows: QuerySet[RecoveryAttempt]) -> dict[str, int]:
    """Of the tasks that failed: all, those that came through, and those about which recovery gave up."""
    of = rows.order_by().values("task").annotate(
        good=Count("pk", filter=Q(state=RecoveryState.RECOVERED)),
        going=Count("pk", filter=Q(state=RecoveryState.APPLIED)),
        bad=Count("pk", filter=Q(state=RecoveryState.EXHAUSTED)),
    )  # fmt: skip
    return of.aggregate(
        all=Count("task"),
        recovered=Count("task", filter=Q(good__gt=0, going=0)),
        lost=Count("task", filter=Q(good=0, going=0, bad__gt=0)),
    )


def _times(rows: QuerySet[RecoveryAttempt]) -> Times:
    took = rows.annotate(took=ExpressionWrapper(F("was_recovered_at") - F("failed_at"), output_field=DurationField()))
    whole = took.aggregate(count=Count("pk"), mean=Avg("took"), most=Max("took"))
    if not whole["count"]:
        return Times()
    sorted_ = took.order_by("took").values_list("took", flat=True)
    middle, late = (sorted_[math.ceil(share * whole["count"]) - 1] for share in (0.5, 0.95))
    return Times(
        count=whole["count"],
        p50_s=middle.total_seconds(),
        p95_s=late.total_seconds(),
        mean_s=whole["mean"].total_seconds(),
        most_s=whole["most"].total_seconds(),
    )


def _by(rows: QuerySet[RecoveryAttempt], name: str) -> dict[str, Tally]:
    found = (
        rows.order_by()
        .values(name)
        .annotate(
            decided=Count("pk"),
            ended=Count("pk", filter=_counted()),
            recovered=Count("pk", filter=Q(state=RecoveryState.RECOVERED)),
        )
    )
    return {
        row[name]: Tally(decided=row["decided"], ended=row["ended"], recovered=row["recovered"])
        for row in found.order_by("-decided", name)
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
