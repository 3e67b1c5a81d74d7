"""Learned fixes that nothing has needed for long go, so that knowledge does not grow without end."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce

from autodev.lib.clock import db_now
from autodev.lib.db import write
from projects.engine.housekeeping import Chore, register_chore
from projects.models import LearnedFix

UNUSED_S = 365 * 86_400.0
FAILED_S = 30 * 86_400.0  # what its failures switched off; what a person switched off stays off for as long as the rest
MOST = 2_000  # of a workspace; with more, those that were used longest ago go
A_BATCH = 500


def forget_learned() -> int:
    """Removes them, a batch of each kind at a time; gives how many went."""
    failed = Q(enabled=False, failures_in_a_row__gt=0)
    gone = _remove(LearnedFix.objects.filter(_unused(UNUSED_S) | (failed & _unused(FAILED_S))), A_BATCH)
    crowded = LearnedFix.objects.order_by().values("workspace").annotate(number=Count("pk")).filter(number__gt=MOST)
    for workspace, number in list(crowded.values_list("workspace", "number")):
        gone += _remove(LearnedFix.objects.filter(workspace=workspace), min(number - MOST, A_BATCH))
    return gone


def _unused(seconds: float) -> Q:
    since = db_now(plus_s=-seconds)
    return Q(used_at__lt=since) | Q(used_at=None, created_at__lt=since)


def _remove(rows: QuerySet[LearnedFix], most: int) -> int:
    def apply() -> int:
        oldest = list(rows.order_by(Coalesce("used_at", "created_at"), "pk").values_list("pk", flat=True)[:most])
        return LearnedFix.objects.filter(pk__in=oldest).delete()[0]

    return write(apply)


def register() -> None:
    """The chore of whoever hosts an engine."""
    register_chore(Chore("learned fixes", 86_400.0, forget_learned))
