"""What an attempt needs before it is sent: room at the provider, and money set aside for it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

from providers.chat import TokenUsage
from providers.live.view import DrillView
from providers.routing import background
from providers.routing.choice import Candidate
from providers.routing.deadline import PATIENCE_S, limits_of
from providers.routing.ending import cost_of
from providers.routing.ports import BudgetExceeded, LedgerAway, Reservation, Reserved, RoutingPorts, Settlement
from providers.routing.turn import Turn
from providers.states import CallOutcome
from providers.targets import ModelKind, Target

if TYPE_CHECKING:
    from providers.routing.run import Run


async def enter(run: Run, candidate: Candidate) -> Turn | None:
    """The turn of this candidate, reserved and counted; None where a budget refused it (a cheaper one may go), or where
    it went out while its room was waited for (the choice is then made anew). Raises
    NoAnswer where no room came free before the deadline, or where the ledger stayed away."""
    target, need, traffic = candidate.target, run.need, run.ports.traffic
    drill = _drill(run, target)
    lane, pulse = traffic.lane(target, candidate.key, apart=drill is not None), traffic.pulse(target)
    kind = run.ports.kind(target.kind)
    waits = not lane.free(need.workspace_id, target.max_concurrency)
    if not await lane.enter(need.workspace_id, target.max_concurrency, run.deadline.left_s(run.clock())):
        raise run.nobody(busy=True)
    if waits and run.gone(candidate):
        lane.leave(need.workspace_id)
        return None
    trial = pulse.failures > 0
    pulse.under_way += 1
    entered = False
    try:
        reservation = _reservation(run, candidate, drill)
        reserved = await _reserved(run, reservation)
        entered = reserved is not None
    finally:
        if not entered:
            pulse.under_way -= 1
            lane.leave(need.workspace_id)
    if reserved is None:
        return None
    run.ports.live.asked(target)
    run.decision_id = reserved.decision_id or run.decision_id
    run.paid += not target.emergency
    now = run.clock()
    return Turn(
        ports=run.ports,
        candidate=candidate,
        key=candidate.key,
        kind=_with_fault(run.ports, kind, reservation),
        limits=limits_of(
            target,
            run.deadline,
            now,
            alternative=run.need.attempts > run.paid and run.others(target.name) > 0,
            input_tokens=run.demand.input_tokens,
            patience_s=float(run.view.settings.get("first_token_patience_s", PATIENCE_S)),
        ),
        reservation=reservation,
        lane=lane,
        pulse=pulse,
        call_id=reserved.call_id,
        started=now,
        trial=trial,
        beside=lane.in_flight,
    )


def _drill(run: Run, target: Target) -> DrillView | None:
    """The drill whose fault this attempt meets."""
    drill = run.view.drill(target.name, run.ports.live.now()) if run.view.drills else None
    return drill if drill is not None and run.ports.random() < drill.share else None


def _reservation(run: Run, candidate: Candidate, drill: DrillView | None) -> Reservation:
    target = candidate.target
    return Reservation(
        need=run.need,
        request_id=run.request_id,
        attempt=len(run.attempts) + 1,
        target=target,
        key=candidate.key,
        estimate_usd=Decimal(0) if target.emergency else run.estimate(target) or Decimal(0),
        input_tokens=run.demand.input_tokens,
        choice=None if run.decision_id is not None else run.choice,
        decision_id=run.decision_id,
        previous=run.attempts[-1].provider if run.attempts else "",
        drill=drill,
    )


async def _reserved(run: Run, reservation: Reservation) -> Reserved | None:
    """None where there is no money for it, which is noted."""
    budget = run.need.budget_usd
    if budget is not None and reservation.estimate_usd > max(Decimal(0), budget - cost_of(run.attempts)):
        run.left.refused("request", reservation.estimate_usd)
        return None
    work = asyncio.ensure_future(run.ports.ledger.reserve(reservation))
    try:
        await asyncio.wait((work,), timeout=run.deadline.left_s(run.clock()))
    except asyncio.CancelledError:
        background.start(_given_back(run.ports, reservation, work))
        raise
    if not work.done():
        background.start(_given_back(run.ports, reservation, work))
        raise run.unaccounted()
    try:
        return work.result()
    except BudgetExceeded as error:
        run.left.refused(error.scope, reservation.estimate_usd)
        return None
    except LedgerAway as error:
        raise run.unaccounted() from error


async def _given_back(ports: RoutingPorts, reservation: Reservation, work: asyncio.Future[Reserved]) -> None:
    """The caller left, or its time was over, while money was set aside for it."""
    try:
        reserved = await work
    except (BudgetExceeded, LedgerAway):
        return
    nothing = Settlement(
        outcome=CallOutcome.ABANDONED, usage=TokenUsage(estimated=True), cost_usd=Decimal(0), total_ms=0.0
    )
    await ports.ledger.settle(reserved.call_id, reservation, nothing)


def _with_fault(ports: RoutingPorts, kind: ModelKind, reservation: Reservation) -> ModelKind:
    if reservation.drill is None or ports.fault is None:
        return kind
    return ports.fault(kind, reservation.drill)
