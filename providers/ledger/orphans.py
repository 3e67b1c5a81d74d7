"""Calls whose process died between reserving and settling. Nobody knows what they cost, so they count as spent at
what was reserved."""

from __future__ import annotations

from functools import partial

from django.db.models import Q

from autodev.lib import clock, rows
from autodev.lib.clock import db_now
from autodev.lib.db import write
from providers.ledger.attempts import SWEPT
from providers.live import owner
from providers.models import Call
from providers.money import budgets
from providers.states import CallOutcome, CallState

# Longer than any call may take; for processes of other hosts, whose locks are not seen from here.
GIVEN_UP_AFTER_S = 2 * 3600.0
AT_ONCE = 500


def sweep() -> int:
    """Settles the calls of dead processes of this host, and those that are older than any call can be. Gives their
    number. Each one is a transaction of its own."""
    dead = owner.dead_here()
    orphans = Call.objects.filter(
        Q(owner__in=dead) | Q(started_at__lt=db_now(plus_s=-GIVEN_UP_AFTER_S)), state=CallState.RESERVED
    )
    found = sum(write(partial(_give_up, call)) for call in orphans.order_by("started_at")[:AT_ONCE])
    for name in dead:
        if not Call.objects.filter(owner=name, state=CallState.RESERVED).exists():
            owner.forget(name)
    return found


def _give_up(call: Call) -> int:
    changes = {
        "state": CallState.SETTLED,
        "outcome": CallOutcome.ABANDONED,
        "cost_usd": call.reserved_usd,
        "failure_text": "Its process ended before the call did.",
        "failure_reason": SWEPT,
        "finished_at": clock.utcnow(),
    }
    if not rows.update(Call, {"id": call.pk, "state": CallState.RESERVED}, changes):
        return 0
    budgets.settle(budgets.stored(call.budgets, usd=call.reserved_usd), usd=call.reserved_usd)
    return 1
