"""Connections: one attempt each, kept for the next call, closed when the caller leaves."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time

import pytest

from providers.failures.signal import CallFailed
from providers.kinds.litellm import LiteLLMKind
from providers.routing import background
from providers.targets import Deadlines
from tests.providers.kinds.calls import ASK, KEY, Caller, target
from tests.providers_lab import Lab, Upstream

pytestmark = pytest.mark.feature("F2.1")


async def seen_ended(upstream: Upstream, place: int = -1) -> str:
    """How the upstream saw the request end; it hears of a closed connection a moment later."""
    for _ in range(200):
        if upstream.requests[place].ended != "open":
            break
        await asyncio.sleep(0.01)
    return upstream.requests[place].ended


async def test_one_connection_serves_many_calls(caller: Caller, upstream: Upstream) -> None:
    await caller.call()
    before = upstream.connections
    for _ in range(5):
        await caller.call()
    assert upstream.connections == before


@pytest.mark.parametrize("stream", [True], indirect=True)
async def test_a_stream_whose_body_ends_after_its_terminator_keeps_its_connection(
    caller: Caller, upstream: Upstream
) -> None:
    upstream.ending_s = 0.02
    await caller.call()
    await background.finished()
    before = upstream.connections
    for _ in range(3):
        await caller.call()
        await background.finished()
    assert upstream.connections == before


@pytest.mark.parametrize("stream", [True], indirect=True)
@pytest.mark.parametrize("model", ["openai/lab-model"], indirect=True)
async def test_nobody_waits_for_what_comes_behind_the_terminator(caller: Caller, upstream: Upstream) -> None:
    upstream.ending_s = 30.0
    assert (await caller.call()).text
    assert upstream.requests[-1].ended == "open"
    await background.finished()
    assert await seen_ended(upstream) == "client_gone"


@pytest.mark.parametrize("words", ["hang", "hang_first_token", "stream_hang; after=2"])
async def test_a_cancelled_call_closes_its_connection(caller: Caller, upstream: Upstream, words: str) -> None:
    upstream.fail(words)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await caller.call()
    assert await seen_ended(upstream) == "client_gone"
    upstream.heal()
    assert (await caller.call()).text


@pytest.mark.parametrize("stream", [True], indirect=True)
async def test_a_stream_that_is_left_closes_its_connection(
    kind: LiteLLMKind, caller: Caller, upstream: Upstream
) -> None:
    upstream.fail("slow; interval_s=0.05")
    pieces = kind.stream(ASK, caller.target, KEY)
    async with contextlib.aclosing(pieces):
        first = await anext(pieces)
    assert first.text
    assert await seen_ended(upstream) == "client_gone"


async def test_what_cannot_be_reached_is_given_up_after_the_connection_limit(
    kind: LiteLLMKind, upstream: Upstream, stream: bool, model: str
) -> None:
    """An address of the documentation's range, to which packets go nowhere (or which is refused at once)."""
    unreachable = dataclasses.replace(
        target(model, upstream), api_base="http://192.0.2.1:9", deadlines=Deadlines(connect_s=0.3, total_s=20)
    )
    begun = time.monotonic()
    signal = await Caller(kind, unreachable, KEY, stream=stream).failure()
    assert signal.exception_class.startswith("httpx.Connect")
    assert time.monotonic() - begun < 10


async def test_calls_side_by_side_do_not_see_each_other(kind: LiteLLMKind, lab: Lab, model: str, stream: bool) -> None:
    good, bad = lab.upstream("good"), lab.upstream("bad")
    bad.fail("stream_close; after=3")
    callers = [Caller(kind, target(model, one), KEY, stream=stream) for _ in range(10) for one in (good, bad)]
    results = await asyncio.gather(*(one.call() for one in callers), return_exceptions=True)
    assert all(not isinstance(one, BaseException) for one in results[::2])
    assert all(isinstance(one, CallFailed) for one in results[1::2])
    assert (good.calls, bad.calls) == (10, 10)


async def test_a_failure_leaves_no_task_behind(caller: Caller, upstream: Upstream) -> None:
    await caller.call()
    await asyncio.sleep(0.05)
    before = len(asyncio.all_tasks())
    for words in ("500", "stream_close; after=2", "reset"):
        upstream.fail(words)
        await caller.failure()
    upstream.heal()
    await caller.call()
    await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks()) <= before


async def test_a_second_event_loop_in_the_process(kind: LiteLLMKind, upstream: Upstream, model: str) -> None:
    """As after a worker's loop was started anew: clients of the old loop are not used."""
    caller = Caller(kind, target(model, upstream), KEY, stream=False)
    assert (await caller.call()).text

    async def elsewhere() -> str:
        try:
            return (await caller.call()).text
        finally:
            await kind.close()

    assert await asyncio.to_thread(lambda: asyncio.run(elsewhere()))
    assert (await caller.call()).text
