"""An attempt: reserved before it is made, settled after it."""

from __future__ import annotations

import uuid

from django.db import IntegrityError

from autodev.lib import rows
from autodev.lib.db import write
from providers.ledger import lines
from providers.live import process
from providers.models import Call, Decision
from providers.money import budgets
from providers.routing.ports import BudgetExceeded, Reservation, Reserved, Settlement
from providers.states import CallState

PATIENCE_S = 60.0  # a database that starts anew is waited for; who asked has a deadline of its own
SWEPT = "owner_died"  # why a call was settled for its process, which may yet come back and know better


def reserve(reservation: Reservation) -> Reserved:
    """Writes the row of an attempt, with its decision where `choice` is set, and reserves `estimate_usd` and one call
    in the budgets: one transaction. The emergency provider costs nothing and counts in no budget. Raises
    BudgetExceeded, and nothing is written then."""
    made = None
    if reservation.choice is not None:
        made = lines.decision_of(reservation.need, reservation.choice, previous=reservation.previous)
    call = lines.call_of(reservation, made.pk if made is not None else reservation.decision_id)
    done = Reserved(call_id=call.pk, decision_id=call.decision_id)

    def landed() -> Reserved | None:
        return done if Call.objects.filter(pk=call.pk).exists() else None

    try:
        write(lambda: _begin(reservation, made, call), landed=landed, patience_s=PATIENCE_S)
    except budgets.BudgetExhausted as error:
        raise BudgetExceeded(error.scope) from error
    except IntegrityError:
        # The provider or the decision was removed since the view was made; the attempt is made all the same.
        call.provider_id = None
        call.decision_id = made.pk if made is not None else None
        write(lambda: _begin(reservation, made, call), landed=landed)
        done = Reserved(call_id=call.pk, decision_id=call.decision_id)
    if reservation.choice is not None and reservation.choice.leader:
        need, choice = reservation.need, reservation.choice
        process.served(need.workspace_id, need.task_kind, choice.leader, lines.order_of(choice))
    return done


def _begin(reservation: Reservation, made: Decision | None, call: Call) -> bool:
    if not reservation.target.emergency:
        need = reservation.need
        spender = budgets.Spender(workspace_id=need.workspace_id, project_id=need.project_id, build_id=need.build_id)
        taken = budgets.reserve(spender, usd=reservation.estimate_usd)
        call.budgets = [str(one) for one in taken.budgets]
        call.reserved_usd = taken.usd
    if made is not None:
        rows.insert(made)
    rows.insert(call)
    return True


def settle(call_id: uuid.UUID, settlement: Settlement) -> bool:
    """Writes how an attempt ended and moves its reservation to what was spent: one transaction. Whether it changed
    anything: a call is settled once. One that was swept as an orphan is corrected by its own process."""

    def end() -> bool:
        changes = lines.settled(settlement)
        open_call = {"id": call_id, "state": CallState.RESERVED}
        row = rows.update_returning(Call, open_call, changes, ("budgets", "reserved_usd"))
        if row is not None:
            held = budgets.stored(row.budgets, usd=row.reserved_usd)
            budgets.settle(held, usd=settlement.cost_usd)
            return True
        swept = {"id": call_id, "state": CallState.SETTLED, "failure_reason": SWEPT}
        row = rows.update_returning(Call, swept, changes, ("budgets", "reserved_usd"))
        if row is None:
            return False
        nothing_held = budgets.stored(row.budgets, usd=budgets.NOTHING, calls=0)
        budgets.settle(nothing_held, usd=settlement.cost_usd - row.reserved_usd)
        return True

    return write(end, landed=lambda: _is_settled(call_id))


def _is_settled(call_id: uuid.UUID) -> bool | None:
    found = Call.objects.filter(pk=call_id, state=CallState.SETTLED).exclude(failure_reason=SWEPT)
    return True if found.exists() else None
