"""The right to probe a circuit: reserved by compare-and-swap, by one process at a time."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db.models import Q

from autodev.lib.db import write
from providers.health.circuit import Circuit, circuit_of
from providers.health.probes import availability_due, probe_due
from providers.health.probes import reserve as reserved_for
from providers.health.setback import set_back
from providers.health.settings import HealthSettings
from providers.live import versions
from providers.live.results import CircuitId
from providers.live.store import PATIENCE_S, Lost, Stored, save
from providers.models import Breaker, Call, Provider
from providers.states import BreakerState, CallPurpose


def reserve(place: CircuitId, *, owner: str, settings: HealthSettings, jitter: float = 0.0) -> bool:
    """Whether `owner` may probe now. Another process may have been first, or the row may say by now that no probe is
    due."""

    def change() -> bool:
        now = dt.datetime.fromtimestamp(versions.raise_health().now, tz=dt.UTC)
        row = Breaker.objects.filter(provider_id=place[0], key_name=place[1]).first()
        if row is None and not Provider.objects.filter(pk=place[0]).exists():
            return False
        before = Stored(circuit=Circuit())
        if row is not None:
            before = Stored(circuit=set_back(circuit_of(row), now), version=row.version, id=row.pk)
        due = probe_due(before.circuit, now, settings) or (
            availability_due(before.circuit, now, settings, jitter=jitter)
            and not _called(place[0], since=now - dt.timedelta(seconds=settings.monitoring_interval))
        )
        if due:
            save(place, reserved_for(before.circuit, owner, now, settings), before, now)
        return due

    try:
        return write(change, patience_s=PATIENCE_S)
    except Lost:
        return False


def _called(provider_id: uuid.UUID, *, since: dt.datetime) -> bool:
    """Whether any process sent it a call since then: one that is still on its way tells more than a probe would."""
    return (
        Call.objects.filter(provider_id=provider_id, started_at__gte=since).exclude(purpose=CallPurpose.PROBE).exists()
    )


def with_open_breakers() -> set[uuid.UUID]:
    """The workspaces that wait for a probe."""
    waiting = Breaker.objects.filter(~Q(state=BreakerState.CLOSED), provider__enabled=True)
    return set(waiting.values_list("provider__workspace_id", flat=True))
