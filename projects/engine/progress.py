"""How far a build is: the share of each phase, weighed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Case, Count, F, PositiveIntegerField, Sum, Value, When

from projects.models import Task
from projects.states import PHASE_ORDER, PHASE_WEIGHT, TASK_FINAL, Phase


class PhaseShare(NamedTuple):
    """Of a phase's tasks: how many, and the sum of their per cents."""

    tasks: int
    percents: int


def percent(shares: Mapping[Phase, PhaseShare]) -> int:
    """Per cent of the whole, 0 to 99: a hundred is for the gate to say. A phase without tasks counts as done once a
    later one has begun."""
    begun = [PHASE_ORDER[phase] for phase, share in shares.items() if share.percents]
    latest = max(begun, default=-1)
    done = 0.0
    for phase, weight in PHASE_WEIGHT.items():
        share = shares.get(phase)
        if share is not None and share.tasks:
            done += weight * share.percents / (100 * share.tasks)
        elif PHASE_ORDER[phase] < latest:
            done += weight
    return min(99, int(done))


def build_percent(build_id: uuid.UUID) -> int:
    """Reads the shares of the build's phases; one query, at most seven rows."""
    value = Case(
        When(state__in=TASK_FINAL, then=Value(100)), default=F("progress"), output_field=PositiveIntegerField()
    )
    rows = Task.objects.filter(build_id=build_id).order_by().values("phase").annotate(n=Count("pk"), done=Sum(value))
    return percent({Phase(row["phase"]): PhaseShare(row["n"], row["done"]) for row in rows})
