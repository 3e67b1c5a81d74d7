"""The real rooms behind the routing's ports, for this process."""

from __future__ import annotations

import asyncio
import logging
import os
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from typing import TypeVar
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError, connection

from providers import ledger
from providers.drill.faults import with_fault
from providers.failures.classify import classify
from providers.failures.exceptions import signal_of
from providers.failures.signal import Failure, Signal
from providers.failures.unknown import record_unknown
from providers.kinds.models import model_kind, model_kinds
from providers.kinds.probing import probed
from providers.live import process
from providers.money import prices
from providers.money.answers import AnswerCache
from providers.money.tokens import estimate_tokens
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.routing.ports import LedgerAway, Reservation, Reserved, RoutingPorts, Settlement
from providers.targets import Target

T = TypeVar("T")
log = logging.getLogger(__name__)
THREADS = 4


class Ledger:
    """`providers.ledger` on threads of its own, so that the event loop waits for no database."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="ledger")

    async def reserve(self, reservation: Reservation) -> Reserved:
        try:
            return await self._apart(partial(ledger.reserve, reservation))
        except (OperationalError, InterfaceError) as error:
            raise LedgerAway from error

    async def settle(self, call_id: uuid.UUID, reservation: Reservation, settlement: Settlement) -> None:
        try:
            await self._apart(partial(ledger.settle, call_id, settlement))
        except (OperationalError, InterfaceError):
            log.warning("ledger.settled_later", extra={"call": str(call_id)})
            process.live().later(partial(ledger.settle, call_id, settlement))

    async def cache_hit(self, need: Need, target: Target, request_id: uuid.UUID) -> None:
        await self._apart(partial(ledger.cache_hit, need, target, request_id=request_id))

    async def unanswered(self, need: Need, choice: Choice) -> None:
        await self._apart(partial(ledger.decision, need, choice, trigger="nobody"))

    async def malformed(self, call_id: uuid.UUID, failure: Failure) -> None:
        await self._apart(partial(ledger.malformed, call_id, failure))

    async def _apart(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_connection, work)


def _with_connection(work: Callable[[], T]) -> T:
    """SQLite's connection stays with its thread; PostgreSQL's goes back to the pool."""
    try:
        return work()
    finally:
        if connection.vendor != "sqlite":
            connection.close()


@lru_cache(maxsize=1)
def _ledger() -> Ledger:
    return Ledger()


@lru_cache(maxsize=1)
def _cache() -> AnswerCache:
    return AnswerCache()


@lru_cache(maxsize=1)
def _spoken() -> frozenset[str]:
    return frozenset(model_kinds())


async def _count_unknown(signal: Signal, failure: Failure) -> None:
    process.live().later(partial(record_unknown, signal=signal))


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, RoutingPorts] = WeakKeyDictionary()


def ports() -> RoutingPorts:
    """Those of the running loop. What they lead to is one for the process; the calls under way are the loop's own. A
    process that makes calls also probes."""
    loop = asyncio.get_running_loop()
    found = _of_loops.get(loop)
    if found is None:
        process.probe_with(probed, fault=with_fault, record=ledger.probe)
        found = _of_loops[loop] = RoutingPorts(
            live=process.live(),
            ledger=_ledger(),
            kind=model_kind,
            speaks=_spoken().__contains__,
            classify=classify,
            signal_of=signal_of,
            tokens=estimate_tokens,
            cost=prices.cost_of,
            estimate=prices.estimate,
            cache=_cache(),
            fault=with_fault,
            unknown=_count_unknown,
        )
    return found


def forget() -> None:
    """Makes everything anew at the next call: after a fork, whose threads stayed in the parent, and between tests."""
    _of_loops.clear()
    for made in (_ledger, _cache, _spoken):
        made.cache_clear()


os.register_at_fork(after_in_child=forget)
