"""What the routing needs from the rooms around it. `providers.routing.wiring` fills it in; tests use fakes.

All of it is called on an event loop: what is not `async` returns at once and touches no database.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from providers.chat import ChatRequest, Completion, TokenUsage
from providers.failures.signal import Failure, Signal
from providers.live.results import CircuitId
from providers.live.view import DrillView, WorkspaceView
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.routing.traffic import Traffic
from providers.states import CallOutcome
from providers.targets import Key, ModelKind, Target


class BudgetExceeded(Exception):
    """The ledger could not reserve what a call may cost. `scope` names the budget."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"the budget of the {scope} is used up")
        self.scope = scope


class LedgerAway(Exception):
    """The ledger could not be written for as long as it was tried: nothing may be asked that nobody would account
    for."""


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """One attempt before it is made. `choice` comes with the first one of a request, which writes the decision; later
    ones name it by `decision_id`. `previous` is the provider that failed before. `drill` is the one whose fault
    this attempt meets."""

    need: Need
    request_id: uuid.UUID
    attempt: int
    target: Target
    key: Key | None
    estimate_usd: Decimal
    input_tokens: int
    choice: Choice | None
    decision_id: uuid.UUID | None
    previous: str = ""
    drill: DrillView | None = None


@dataclass(frozen=True, kw_only=True)
class Reserved:
    call_id: uuid.UUID
    decision_id: uuid.UUID | None


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """How an attempt ended. Times in milliseconds; `cost_usd` counts also what a broken one had used up."""

    outcome: CallOutcome
    usage: TokenUsage
    cost_usd: Decimal
    total_ms: float
    model: str = ""
    first_token_ms: float | None = None
    failure: Failure | None = None


class LivePort(Protocol):
    """What all processes know of providers (`providers.live`)."""

    def now(self) -> float:
        """Seconds since the epoch by the database's clock, as the view's moments."""
        ...

    def view(self, workspace_id: uuid.UUID) -> WorkspaceView | None:
        """The present snapshot, None where this process has none of the workspace yet."""
        ...

    async def load(self, workspace_id: uuid.UUID) -> WorkspaceView:
        """Makes the first snapshot of a workspace in this process."""
        ...

    def asked(self, target: Target) -> None:
        """A call goes there now, so that no probe need ask whether it is there."""
        ...

    async def may_try(self, target: Target, key: Key | None) -> CircuitId | None:
        """The circuit that this caller alone, of all processes, may try now though it is not closed; None where it is
        too early or somebody else does. How it ended is told by `tried`."""
        ...

    def tried(self, target: Target, place: CircuitId, failure: Failure | None) -> None: ...

    def succeeded(self, *, target: Target, key: Key | None, first_token_ms: float, total_ms: float) -> None: ...

    def failed(
        self, *, target: Target, key: Key | None, failure: Failure, first_token_ms: float | None, total_ms: float
    ) -> None:
        """Counts in this process at once, and in all of them as soon as it is written."""
        ...


class LedgerPort(Protocol):
    """Two short transactions an attempt, on another thread; `cache_hit` and `unanswered` note a request without one."""

    async def reserve(self, reservation: Reservation) -> Reserved:
        """Raises BudgetExceeded, LedgerAway."""
        ...

    async def settle(self, call_id: uuid.UUID, reservation: Reservation, settlement: Settlement) -> None:
        """Where the ledger is away it is written as soon as it is back."""
        ...

    async def cache_hit(self, need: Need, target: Target, request_id: uuid.UUID) -> None: ...

    async def unanswered(self, need: Need, choice: Choice) -> None: ...

    async def malformed(self, call_id: uuid.UUID, failure: Failure) -> None:
        """Notes that a whole answer had not the form that was asked for."""
        ...


class CachePort(Protocol):
    """Whole answers that were paid before."""

    async def get(self, request: ChatRequest, need: Need, target: Target) -> Completion | None: ...

    async def put(self, request: ChatRequest, need: Need, target: Target, completion: Completion) -> None: ...


class FaultPort(Protocol):
    """Puts a drill's fault between the routing and a kind."""

    def __call__(self, kind: ModelKind, drill: DrillView) -> ModelKind: ...


@dataclass(frozen=True, kw_only=True)
class RoutingPorts:
    """`kind` gives a model kind by its name, `speaks` says whether there is one. `classify` reads a signal with the
    operators' patterns of a view, `signal_of` an exception. `tokens` estimates those of a request. `cost` is of a usage
    at a target's price, `estimate` the most that a request of so many tokens may cost there. `unknown` counts a message
    that no pattern knew. `random` gives from 0 up to 1. `traffic` is of one event loop."""

    live: LivePort
    ledger: LedgerPort
    kind: Callable[[str], ModelKind]
    speaks: Callable[[str], bool]
    classify: Callable[[Signal, Any], Failure]
    signal_of: Callable[[BaseException], Signal]
    tokens: Callable[[ChatRequest], int]
    cost: Callable[[Target, TokenUsage], Decimal]
    estimate: Callable[[Target, ChatRequest, int], Decimal]
    cache: CachePort | None = None
    fault: FaultPort | None = None
    unknown: Callable[[Signal, Failure], Coroutine[Any, Any, None]] | None = None
    random: Callable[[], float] = field(default=random.random)
    traffic: Traffic = field(default_factory=Traffic)
