"""What a program may spend on its job: refused where it asks for a model, before the call is made.

The calls of a job go through its own gateway alone, so that what they cost is known there to the cent, and at once.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from decimal import Decimal

from providers.failures.signal import Failure
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.routing.ports import BudgetExceeded, LedgerPort, Reservation, Reserved, RoutingPorts, Settlement
from providers.targets import Target

NOTHING = Decimal(0)


class Purse:
    """US dollars. A call is let through while less than the budget is spent, so that the one which crosses it is the
    last. A call that others under way may leave no room for waits until they are settled. `refused`: all was spent when
    another one was asked for. Of one event loop."""

    def __init__(self, budget_usd: Decimal | None, *, spent_usd: Decimal = NOTHING) -> None:
        self.budget_usd = budget_usd
        self.spent_usd = spent_usd
        self.refused = False
        self._held = NOTHING
        self._settled = asyncio.Event()

    def ports(self, ports: RoutingPorts) -> RoutingPorts:
        """The same rooms, with a ledger that reserves from the purse first."""
        return ports if self.budget_usd is None else replace(ports, ledger=_Ledger(ports.ledger, self))

    async def hold(self, usd: Decimal) -> None:
        """Sets aside what a call may cost. Raises BudgetExceeded where all is spent."""
        if self.budget_usd is None:
            return
        while self.spent_usd < self.budget_usd <= self.spent_usd + self._held:
            self._settled.clear()
            await self._settled.wait()
        if self.spent_usd >= self.budget_usd:
            self.refused = True
            raise BudgetExceeded("job")
        self._held += usd

    def settle(self, held: Decimal, usd: Decimal) -> None:
        """What was set aside, and what the call cost."""
        self._held -= held
        self.spent_usd += usd
        self._settled.set()


class _Ledger:
    """The ledger's port behind a purse."""

    def __init__(self, behind: LedgerPort, purse: Purse) -> None:
        self._behind = behind
        self._purse = purse

    async def reserve(self, reservation: Reservation) -> Reserved:
        await self._purse.hold(reservation.estimate_usd)
        try:
            return await self._behind.reserve(reservation)
        except BaseException:
            self._purse.settle(reservation.estimate_usd, NOTHING)
            raise

    async def settle(self, call_id: uuid.UUID, reservation: Reservation, settlement: Settlement) -> None:
        self._purse.settle(reservation.estimate_usd, settlement.cost_usd)
        await self._behind.settle(call_id, reservation, settlement)

    async def cache_hit(self, need: Need, target: Target, request_id: uuid.UUID) -> None:
        await self._behind.cache_hit(need, target, request_id)

    async def unanswered(self, need: Need, choice: Choice) -> None:
        await self._behind.unanswered(need, choice)

    async def malformed(self, call_id: uuid.UUID, failure: Failure) -> None:
        await self._behind.malformed(call_id, failure)
