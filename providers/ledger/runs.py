"""Runs of agent programs, and what a task has cost. A run costs nothing by itself and counts in no budget: the answers
of models beneath it are calls of their own."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.db import IntegrityError
from django.db.models import Case, F, Sum, When

from autodev.lib import rows
from autodev.lib.db import write
from autodev.lib.ids import new_id
from providers.ledger import lines
from providers.live import process
from providers.models import Call, Decision
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.states import CallState
from providers.targets import Target


def run_begun(need: Need, target: Target, *, decision_id: uuid.UUID | None) -> uuid.UUID:
    """The row of a run before it begins; `settle` ends it. Where its process dies it is swept as any call is."""
    row = lines.row_of(need, new_id(), target, None)
    row.decision_id = decision_id
    try:
        write(lambda: rows.insert(row), landed=lambda: Call.objects.filter(pk=row.pk).exists() or None)
    except IntegrityError:  # the provider or the decision was removed since the view was made
        row.provider_id, row.decision_id = None, None
        write(lambda: rows.insert(row))
    return row.pk


def worker_chosen(need: Need, choice: Choice, *, worker: str, previous: str, trigger: str, reason: str) -> uuid.UUID:
    """The decision on who works; with `previous` it is a switch of the work. Who leads is remembered for this kind of
    task."""
    row: Decision = lines.decision_of(need, choice, previous=previous, trigger=trigger)
    row.chosen = worker[:60]
    row.reason = lines.plain(reason, 300)
    write(lambda: rows.insert(row), landed=lambda: Decision.objects.filter(pk=row.pk).exists() or None)
    if choice.leader:
        process.served(need.workspace_id, need.task_kind, choice.leader, lines.order_of(choice))
    return row.pk


def spent_on(task_id: uuid.UUID) -> Decimal:
    """US dollars that calls of a task cost so far; one under way counts as what was reserved for it."""
    cost = Case(When(state=CallState.RESERVED, then=F("reserved_usd")), default=F("cost_usd"))
    found: Decimal | None = Call.objects.filter(task_id=task_id).aggregate(usd=Sum(cost))["usd"]
    return found or Decimal(0)
