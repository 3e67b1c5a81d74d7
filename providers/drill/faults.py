"""The faults of a drill, put between the routing and a provider's kind. The provider itself is not asked, but for
`truncated`, which cuts a real answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NoReturn

from providers.chat import ChatRequest, Completion, Delta
from providers.failures.signal import CallFailed, Signal
from providers.live.view import DrillView
from providers.targets import Key, ModelKind, Target

TOLD = "A drill: the provider was not asked."
CUT_AFTER = 3
SLOW_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`what` is for a person. `signal` is what the routing gets to see; None for the faults of time."""

    what: str
    signal: Signal | None = None


def _http(status: int, type_: str, text: str, **headers: str) -> Signal:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Signal(text=f"{text} ({TOLD})", http_status=status, error_type=type_, headers=named)


FAULTS: dict[str, Fault] = {
    "authentication": Fault(
        what="The key is refused (401)", signal=_http(401, "authentication_error", "invalid x-api-key")
    ),
    "quota": Fault(what="The credit is used up (402)", signal=_http(402, "billing_error", "insufficient credits")),
    "rate_limit": Fault(
        what="Too many requests (429, wait 20 s)",
        signal=_http(429, "rate_limit_error", "rate limit exceeded", retry_after="20"),
    ),
    "overloaded": Fault(what="Overloaded (529)", signal=_http(529, "overloaded_error", "Overloaded")),
    "unavailable": Fault(what="Unavailable (503)", signal=_http(503, "api_error", "service unavailable")),
    "server_error": Fault(what="An error inside (500)", signal=_http(500, "api_error", "internal server error")),
    "connection": Fault(
        what="The connection is refused",
        signal=Signal(text=f"connection refused ({TOLD})", exception_class="builtins.ConnectionRefusedError"),
    ),
    "malformed": Fault(
        what="An answer that nobody can read",
        signal=Signal(text=f"the answer is not JSON ({TOLD})", http_status=200, error_type="malformed_answer"),
    ),
    "empty": Fault(
        what="An answer with nothing in it",
        signal=Signal(text=f"the answer is empty ({TOLD})", http_status=200, error_type="empty_answer"),
    ),
    "truncated": Fault(
        what="A stream that breaks off",
        signal=Signal(text=f"the stream ended without a finish reason ({TOLD})", error_type="truncated_stream"),
    ),
    "hang": Fault(what="Silence"),
    "slow": Fault(what=f"{SLOW_S:.0f} s of waiting before each answer"),
}


class FaultyKind:
    """A kind whose calls meet the fault."""

    def __init__(self, kind: ModelKind, fault: str) -> None:
        self.name = kind.name
        self._kind = kind
        self._fault = fault

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        await self._before()
        return await self._kind.complete(request, target, key)

    async def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        if self._fault == "truncated":
            given = 0
            async for delta in self._kind.stream(request, target, key):
                if given == CUT_AFTER or delta.finish is not None:
                    self._break()
                given += 1
                yield delta
            self._break()
        await self._before()
        async for delta in self._kind.stream(request, target, key):
            yield delta

    async def probe(self, target: Target, key: Key | None) -> None:
        await self._before()
        await self._kind.probe(target, key)

    async def _before(self) -> None:
        if self._fault == "hang":
            await asyncio.Event().wait()
        if self._fault == "slow":
            await asyncio.sleep(SLOW_S)
            return
        self._break()

    def _break(self) -> NoReturn:
        signal = FAULTS[self._fault].signal
        if signal is None:
            raise LookupError(self._fault)
        raise CallFailed(signal)


def with_fault(kind: ModelKind, drill: DrillView) -> ModelKind:
    """The kind as the drill has it. Raises KeyError for a fault that is not there."""
    if drill.fault not in FAULTS:
        raise KeyError(drill.fault)
    return FaultyKind(kind, drill.fault)
