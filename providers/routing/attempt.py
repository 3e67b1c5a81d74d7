"""One attempt at one provider: its pieces within the limits of time, or the Failure that it ended in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from providers.chat import ChatRequest, Delta
from providers.failures.kinds import FailureKind
from providers.failures.signal import CallFailed, Failure, Signal
from providers.routing.assembly import has_content, pieces
from providers.routing.deadline import Limits
from providers.routing.ports import RoutingPorts
from providers.targets import Capability, Key, ModelKind, Target

CLOSING_S = 2.0  # a connection that does not close is left behind


class Faulty(Exception):
    """An attempt that ended without an error of its kind and yet gave no answer: silence, or nothing of use."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


async def deltas(
    request: ChatRequest, target: Target, key: Key | None, kind: ModelKind, limits: Limits
) -> AsyncGenerator[Delta]:
    """The pieces as they come. Raises CallFailed or whatever else breaks inside of the kind, Faulty where it kept quiet
    for too long. The time that the caller takes between two pieces is no silence of the provider."""
    if Capability.STREAMING not in target.capabilities:
        # Nothing comes before the whole, so that a silence cannot be told from work.
        for piece in pieces(await _within(limits.end_at, limits, kind.complete(request, target, key))):
            yield piece
        return
    stream, clock, begun = kind.stream(request, target, key), asyncio.get_running_loop().time, False
    try:
        while True:
            at = min(limits.end_at, clock() + limits.stall_s) if begun else limits.first_token_at
            try:
                delta = await _within(at, limits, anext(stream), begun=begun)
            except StopAsyncIteration:
                return
            begun = begun or has_content(delta)
            yield delta
    finally:
        await _close(stream)


def meaning(error: Exception, ports: RoutingPorts, patterns: Any) -> tuple[Failure, Signal | None]:
    """What the error of an attempt means, and what was seen, where it came from outside."""
    if isinstance(error, Faulty):
        return error.failure, None
    signal = error.signal if isinstance(error, CallFailed) else ports.signal_of(error)
    return ports.classify(signal, patterns), signal


async def _within(at: float, limits: Limits, step: Any, *, begun: bool = False) -> Any:
    """The step's answer. Raises Faulty when the moment passes, and turns a cancellation that nobody asked for, from
    inside of the kind, into an error."""
    watch = asyncio.timeout_at(at)
    try:
        async with watch:
            return await step
    except TimeoutError as error:
        if watch.expired():
            raise Faulty(_silence(at, limits, begun=begun)) from error
        raise
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise ConnectionError("the call was cancelled from inside") from error
        raise


def _silence(at: float, limits: Limits, *, begun: bool) -> Failure:
    if at >= limits.end_at:
        message, reason = "the time for the answer is over", "deadline"
    elif begun:
        message, reason = f"the answer paused for {limits.stall_s:g} s", "stall"
    else:
        message, reason = f"no first token in {limits.first_token_s:g} s", "first token"
    return Failure(kind=FailureKind.TIMEOUT, message=message, reason=reason)


async def _close(stream: AsyncIterator[Delta]) -> None:
    close = getattr(stream, "aclose", None)
    if close is None:
        return
    try:
        async with asyncio.timeout(CLOSING_S):
            await close()
    except TimeoutError:
        return
