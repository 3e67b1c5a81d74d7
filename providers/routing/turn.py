"""One attempt from its reservation to its settlement."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal

from providers.chat import ChatRequest, Delta, TokenUsage
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.routing.assembly import Assembly, has_content
from providers.routing.attempt import deltas
from providers.routing.choice import Candidate
from providers.routing.deadline import Limits
from providers.routing.limits import Lane
from providers.routing.need import Attempt
from providers.routing.ports import Reservation, RoutingPorts, Settlement
from providers.routing.traffic import Pulse
from providers.states import CallOutcome
from providers.targets import Key, ModelKind

CHARS_PER_TOKEN = 3.2


@dataclass(slots=True)
class Turn:
    """`trial`: the provider was in doubt when it began. `beside`: calls under way then, itself included. `assembly`
    holds what came so far."""

    ports: RoutingPorts
    candidate: Candidate
    key: Key | None
    kind: ModelKind
    limits: Limits
    reservation: Reservation
    lane: Lane
    pulse: Pulse
    call_id: uuid.UUID
    started: float
    trial: bool = False
    beside: int = 1
    assembly: Assembly = field(default_factory=Assembly)
    first_token_at: float | None = None
    ended: float | None = None

    async def deltas(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        """The pieces, each of them noted. Raises what `attempt.deltas` raises."""
        clock = asyncio.get_running_loop().time
        async with aclosing(deltas(request, self.candidate.target, self.key, self.kind, self.limits)) as stream:
            async for delta in stream:
                self.assembly.add(delta)
                if self.first_token_at is None and has_content(delta):
                    self.first_token_at = clock()
                    self.pulse.alive()
                yield delta

    @property
    def complete(self) -> bool:
        """Whether the answer is whole, whatever broke after it."""
        return self.assembly.trouble() is None

    def leave(self, now: float) -> None:
        """Makes room for the next one."""
        if self.ended is None:
            self.ended = now
            self.pulse.under_way -= 1
            self.lane.leave(self.reservation.need.workspace_id)

    @property
    def first_token_ms(self) -> float | None:
        return None if self.first_token_at is None else (self.first_token_at - self.started) * 1000

    @property
    def total_ms(self) -> float:
        return ((self.ended or self.started) - self.started) * 1000

    def usage(self, failure: Failure | None) -> TokenUsage:
        """What the provider counted; where it broke off before, an estimate: what was read and what came. An error that
        came before anything else costs nothing; a silence may, unless it is a drill's, in which nobody was asked."""
        if self.assembly.usage is not None:
            return self.assembly.usage
        drill = self.reservation.drill
        silent = failure is None or failure.kind is FailureKind.TIMEOUT
        silent = silent and (drill is None or drill.fault != "hang")
        if self.first_token_at is None and not silent:
            return TokenUsage(estimated=True)
        written = sum(map(len, self.assembly.text)) + sum(map(len, self.assembly.reasoning))
        return TokenUsage(
            input_tokens=self.reservation.input_tokens, output_tokens=round(written / CHARS_PER_TOKEN), estimated=True
        )

    def settlement(self, outcome: CallOutcome, failure: Failure | None = None) -> Settlement:
        usage = self.usage(failure)
        target = self.candidate.target
        return Settlement(
            outcome=outcome,
            usage=usage,
            cost_usd=Decimal(0) if target.emergency else self.ports.cost(target, usage),
            total_ms=self.total_ms,
            model=self.assembly.model or target.model,
            first_token_ms=self.first_token_ms,
            failure=failure,
        )

    def attempt(self, settled: Settlement) -> Attempt:
        return Attempt(
            call_id=self.call_id,
            provider=self.candidate.name,
            key_name=self.key.name if self.key is not None else "",
            outcome=settled.outcome,
            failure=settled.failure,
            cost_usd=settled.cost_usd,
            first_token_ms=settled.first_token_ms,
            total_ms=settled.total_ms,
        )
