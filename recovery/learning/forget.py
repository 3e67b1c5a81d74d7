"""Known fixes that nothing has needed for long go. Strategy records stay: there are only so many, and they fade."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from autodev.lib.clock import db_now
from autodev.lib.db import write
from recovery.models import KnownFix

UNUSED_S = 365 * 86_400.0
MOST = 5_000  # of a workspace; with more, those that were used longest ago go
A_BATCH = 500


def forget() -> int:
    """Removes known fixes that were not used for a year, and those beyond `MOST` of a workspace; a batch of each at a
    time. Gives how many went."""
    gone = write(lambda: _remove(KnownFix.objects.filter(used_at__lt=db_now(plus_s=-UNUSED_S))))
    crowded = KnownFix.objects.order_by().values("workspace").annotate(number=Count("pk")).filter(number__gt=MOST)
    for workspace, number in list(crowded.values_list("workspace", "number")):
        excess = min(number - MOST, A_BATCH)
        gone += write(lambda: _remove(KnownFix.objects.filter(workspace=workspace), excess))  # noqa: B023 - run at once
    return gone


def _remove(rows: QuerySet[KnownFix], most: int = A_BATCH) -> int:
    oldest = list(rows.order_by("used_at", "pk").values_list("pk", flat=True)[:most])
    return KnownFix.objects.filter(pk__in=oldest).delete()[0]
