"""A gateway that is stopped: what is under way may end, and what may not is told so, settled and logged in a line."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import uvicorn

from providers.gateway.app import make_app
from providers.gateway.serving import _listener, _Server
from providers.states import CallOutcome
from tests.gateway.test_app import pieces
from tests.gateway.test_fields import ASKED, MESSAGES
from tests.gateway.test_leaving import Known
from tests.routing.fakes import Hang, Say, World

pytestmark = pytest.mark.feature("F2.16")
BODIES = {"/v1/chat/completions": ASKED, "/v1/messages": MESSAGES}


async def read(client: httpx.AsyncClient, path: str, began: asyncio.Event) -> tuple[str, bool]:
    """(all that came, whether the connection ended as HTTP says that an answer ends)."""
    raw = ""
    try:
        async with client.stream("POST", path, json=BODIES[path] | {"stream": True}) as answer:
            async for line in answer.aiter_lines():
                raw += f"{line}\n"
                if "Hello" in line:
                    began.set()
    except httpx.RemoteProtocolError:
        return raw, False
    return raw, True


async def stopped(
    here: World, at: Path, ask: Callable[[httpx.AsyncClient, asyncio.Event], Awaitable[tuple[str, bool]]]
) -> tuple[str, bool]:
    """What a caller has whose gateway is stopped at the answer's first word."""
    settings = uvicorn.Config(
        make_app(Known(), ports=here.ports), lifespan="off", log_level="warning", timeout_graceful_shutdown=1
    )
    server, began = _Server(settings), asyncio.Event()
    serving = asyncio.ensure_future(server.serve(sockets=[_listener(at)]))
    transport = httpx.AsyncHTTPTransport(uds=str(at))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway", timeout=20.0) as client:
        asking = asyncio.ensure_future(ask(client, began))
        await asyncio.wait_for(began.wait(), 10.0)
        server.should_exit = True
        found = await asking
    await serving
    return found


@pytest.mark.parametrize("path", BODIES)
async def test_a_stream_that_is_cut_off_says_so_and_is_settled(
    path: str, here: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    here.kind.always("a", Say(pause_s=5.0))
    with caplog.at_level(logging.WARNING):
        raw, whole = await stopped(here, tmp_path / "s", lambda client, began: read(client, path, began))
    last = pieces(raw)[-1]
    assert "was stopped" in last["error"]["message"]
    assert not whole
    assert [outcome for _, outcome in here.ledger.outcomes] == [CallOutcome.ABANDONED]
    assert here.kind.closed == ["a"]
    assert [one.message for one in caplog.records].count("gateway.cut_off") == 1
    assert not any(one.exc_info for one in caplog.records)


@pytest.mark.parametrize("path", BODIES)
async def test_who_waits_for_the_first_word_is_told_to_ask_again(path: str, here: World, tmp_path: Path) -> None:
    here.kind.always("a", Hang())
    told: list[httpx.Response] = []

    async def ask(client: httpx.AsyncClient, began: asyncio.Event) -> tuple[str, bool]:
        asking = asyncio.ensure_future(client.post(path, json=BODIES[path]))
        while not here.kind.under_way:  # noqa: ASYNC110 - the script has no event for it
            await asyncio.sleep(0.01)
        began.set()
        told.append(await asking)
        return "", True

    await stopped(here, tmp_path / "s", ask)
    assert (told[0].status_code, told[0].headers["retry-after"]) == (503, "2")
    assert "being stopped" in told[0].json()["error"]["message"]
    assert here.kind.closed == ["a"]


async def test_one_that_ends_in_time_is_whole(here: World, tmp_path: Path) -> None:
    here.kind.always("a", Say(pause_s=0.05))
    raw, whole = await stopped(here, tmp_path / "s", lambda client, began: read(client, "/v1/chat/completions", began))
    assert whole
    assert pieces(raw)[-1] == "[DONE]"
    assert [outcome for _, outcome in here.ledger.outcomes] == [CallOutcome.SUCCEEDED]
