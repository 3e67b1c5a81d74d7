"""Providers that are back: what waits for them goes first, a few at a time."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings

from autodev.lib.clock import db_now
from projects.engine.wake import wake_waiting
from projects.states import TaskState
from providers.models import Breaker
from providers.states import BreakerState
from recovery.models import RecoveryAttempt
from recovery.rows import AWAY
from recovery.states import RecoveryState, Strategy

# How far back a breaker may have closed: two rounds, so that one that was missed is made good.
ROUNDS = 2.0
AT_ONCE = 5


def healed() -> dict[uuid.UUID, dt.datetime]:
    """Workspaces in which a breaker closed lately, and when the last one did."""
    since = db_now(plus_s=-ROUNDS * settings.RECOVERY_CHECK_INTERVAL_SECONDS)
    rows = Breaker.objects.filter(state=BreakerState.CLOSED, closed_at__gte=since).order_by("closed_at")
    found = rows.values_list("provider__workspace_id", "closed_at")
    return {workspace_id: at for workspace_id, at in found if at is not None}


def wake_healed(*, most: int = AT_ONCE) -> int:
    """Wakes what has waited for a provider since before one came back, at most `most` of a workspace now and the rest
    paced behind them; gives how many woke. One query where none is back."""
    return sum(_wake(workspace_id, at, most) for workspace_id, at in healed().items())


def _wake(workspace_id: uuid.UUID, back_at: dt.datetime, most: int) -> int:
    since_before = RecoveryAttempt.objects.filter(
        workspace=workspace_id, strategy=Strategy.RETRY_WITH_DELAY, state=RecoveryState.APPLIED,
        applied_at__lt=back_at, task__state=TaskState.WAITING, task__wait_reason__startswith=AWAY,
    )  # fmt: skip
    return wake_waiting(workspace_id, reason_prefix=AWAY, most=most) if since_before.exists() else 0
