"""The gateway's application on the real routing, with providers that follow a script."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from providers.failures.kinds import FailureKind
from providers.gateway.app import make_app
from providers.gateway.callers import Caller, Callers
from providers.live.view import ChainView
from providers.states import CallPurpose, Strategy
from tests.routing.fakes import HELLO, WORKSPACE, Break, Say, World, target, world

pytestmark = pytest.mark.feature("F2.16")
CHAINS = {
    "default": ChainView(task_kind="default", strategy=Strategy.PRIMARY_SECONDARY, providers=("a", "b")),
    "review": ChainView(task_kind="review", strategy=Strategy.PRIMARY_SECONDARY, providers=("b",)),
}
ASKED: dict[str, Any] = {"model": "default", "messages": [{"role": "user", "content": "Say hello."}]}
MESSAGES: dict[str, Any] = {**ASKED, "max_tokens": 50}


@pytest.fixture
def here() -> World:
    return world(chains=CHAINS)


@pytest.fixture
async def client(here: World) -> AsyncIterator[httpx.AsyncClient]:
    known = {"good": Caller(workspace_id=WORKSPACE, user="ann@example.com")}
    transport = httpx.ASGITransport(app=make_app(Callers(known.get), ports=here.ports))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers={"Authorization": "Bearer good"}
    ) as found:
        yield found


def pieces(raw: str) -> list[Any]:
    data = [line.removeprefix("data: ") for line in raw.splitlines() if line.startswith("data: ")]
    return [one if one == "[DONE]" else json.loads(one) for one in data]


def text_of(events: list[Any]) -> str:
    deltas = [choice["delta"] for one in events if one != "[DONE]" for choice in one.get("choices", [])]
    return "".join(delta.get("content") or "" for delta in deltas)


async def test_a_whole_answer_says_who_gave_it(client: httpx.AsyncClient, here: World) -> None:
    found = await client.post("/v1/chat/completions", json=ASKED)
    assert found.status_code == 200
    assert found.json()["choices"][0]["message"]["content"] == HELLO
    assert found.headers["x-autodev-provider"] == "a"
    (asked,) = [reservation.need for reservation in here.ledger.reserved]
    assert asked.purpose == CallPurpose.GATEWAY
    assert asked.user == "ann@example.com"


async def test_the_next_one_answers_and_is_named(client: httpx.AsyncClient, here: World) -> None:
    here.kind.always("a", Break(FailureKind.UNAVAILABLE))
    found = await client.post(
        "/v1/chat/completions", json=ASKED | {"stream": True, "stream_options": {"include_usage": True}}
    )
    events = pieces(found.text)
    assert text_of(events) == HELLO
    assert events[0]["model"] == "b-1"
    assert events[-2]["usage"]["completion_tokens"] == 8
    assert events[-1] == "[DONE]"


async def test_a_stream_that_breaks_is_gone_on_with_where_there_is_no_seam(
    client: httpx.AsyncClient, here: World
) -> None:
    here.kind.always("a", Break(FailureKind.TRUNCATED_STREAM, after=4))
    found = await client.post("/v1/chat/completions", json=ASKED | {"stream": True})
    assert text_of(pieces(found.text)) == HELLO
    assert pieces(found.text)[-1] == "[DONE]"


async def test_a_stream_that_breaks_is_never_a_quiet_half(client: httpx.AsyncClient, here: World) -> None:
    here.kind.always("a", Break(FailureKind.TRUNCATED_STREAM, after=4))
    here.kind.always("b", Say(text="Something else altogether."))
    events = pieces((await client.post("/v1/chat/completions", json=ASKED | {"stream": True})).text)
    assert events[-1]["error"]["code"] == "stream_broken"
    assert "[DONE]" not in events


async def test_the_same_in_the_other_format(client: httpx.AsyncClient, here: World) -> None:
    here.kind.always("a", Break(FailureKind.TRUNCATED_STREAM, after=4))
    here.kind.always("b", Say(text="Something else altogether."))
    raw = (await client.post("/v1/messages", json=MESSAGES | {"stream": True})).text
    kinds = [one["type"] for one in pieces(raw)]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "error"
    assert "message_stop" not in kinds


async def test_anthropic_s_format_whole_and_streamed(client: httpx.AsyncClient) -> None:
    found = (await client.post("/v1/messages", json=MESSAGES)).json()
    assert found["content"] == [{"type": "text", "text": HELLO}]
    assert found["stop_reason"] == "end_turn"
    events = pieces((await client.post("/v1/messages", json=MESSAGES | {"stream": True})).text)
    assert "".join(one["delta"].get("text", "") for one in events if one["type"] == "content_block_delta") == HELLO
    assert events[-1]["type"] == "message_stop"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (FailureKind.CONTENT_POLICY, 400, "content_policy_violation"),
        (FailureKind.CONTEXT_WINDOW, 400, "context_length_exceeded"),
        (FailureKind.BAD_REQUEST, 400, "bad_request"),
        (FailureKind.AUTHENTICATION, 503, "no_provider"),
        (FailureKind.UNAVAILABLE, 503, "no_provider"),
        (FailureKind.TIMEOUT, 504, "timeout"),
    ],
)
async def test_where_nobody_answers_the_reason_is_told(
    client: httpx.AsyncClient, here: World, kind: FailureKind, status: int, code: str
) -> None:
    for name in ("a", "b"):
        here.kind.always(name, Break(kind))
    found = await client.post("/v1/chat/completions", json=ASKED)
    assert (found.status_code, found.json()["error"]["code"]) == (status, code)
    streamed = await client.post("/v1/messages", json=MESSAGES | {"stream": True})
    assert streamed.status_code == status
    assert streamed.json()["type"] == "error"


async def test_a_limit_of_everybody_says_when_to_come_again(client: httpx.AsyncClient, here: World) -> None:
    for name in ("a", "b"):
        here.kind.always(name, Break(FailureKind.RATE_LIMIT, retry_after_s=200.0))
    found = await client.post("/v1/chat/completions", json=ASKED)
    assert found.status_code == 429
    assert 1 <= int(found.headers["Retry-After"]) <= 200


async def test_a_refusal_is_the_caller_s_to_know(client: httpx.AsyncClient, here: World) -> None:
    here.kind.always("a", Break(FailureKind.CONTENT_POLICY))
    found = await client.post("/v1/chat/completions", json=ASKED)
    assert found.status_code == 400
    assert here.kind.count("b") == 0


@pytest.mark.parametrize(("model", "asked"), [("review", "b"), ("b", "b"), ("gpt-of-tomorrow", "a"), ("auto", "a")])
async def test_what_the_word_for_a_model_means(client: httpx.AsyncClient, here: World, model: str, asked: str) -> None:
    await client.post("/v1/chat/completions", json=ASKED | {"model": model})
    assert here.kind.names() == [asked]


async def test_a_model_s_own_name_asks_those_behind_it() -> None:
    both = world([target("x", model="openai/big"), target("y", model="openai/small")])
    transport = httpx.ASGITransport(app=make_app(Callers(lambda _: Caller(workspace_id=WORKSPACE)), ports=both.ports))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        await client.post("/v1/chat/completions", json=ASKED | {"model": "small"}, headers={"x-api-key": "k"})
    assert both.kind.names() == ["y"]


async def test_models_are_listed(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/models")).json()
    assert {one["id"] for one in found["data"]} == {"default", "review", "a", "b"}
    assert (await client.get("/v1/models/a")).json()["owned_by"] == "fake/a"
    assert (await client.get("/v1/models/nobody")).status_code == 404


async def test_nobody_comes_in_without_a_key(client: httpx.AsyncClient, here: World) -> None:
    for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": "", "x-api-key": "wrong"}):
        found = await client.post("/v1/messages", json=MESSAGES, headers=headers)
        assert found.status_code == 401
        assert found.json()["error"]["type"] == "authentication_error"
    assert not here.kind.calls


async def test_what_the_body_lacks_is_named(client: httpx.AsyncClient) -> None:
    found = await client.post("/v1/chat/completions", json={"model": "default"})
    assert (found.status_code, found.json()["error"]["param"]) == (400, "messages")
    assert (await client.post("/v1/messages", content=b"{")).status_code == 400
    huge = {"Content-Length": str(33 * 2**20)}
    assert (await client.post("/v1/messages", content=b"x", headers=huge)).status_code == 413


async def test_tokens_are_estimated_on_the_high_side(client: httpx.AsyncClient) -> None:
    found = await client.post("/v1/messages/count_tokens", json=ASKED)
    assert found.json()["input_tokens"] > 3


async def test_headers_that_steer(client: httpx.AsyncClient, here: World) -> None:
    await client.post(
        "/v1/chat/completions",
        json=ASKED,
        headers={"x-autodev-task-kind": "review", "x-autodev-deadline-s": "5", "x-autodev-cache": "yes"},
    )
    (asked,) = [reservation.need for reservation in here.ledger.reserved]
    assert (asked.task_kind, asked.deadline_s, asked.cacheable) == ("review", 5.0, True)
    wrong = await client.post("/v1/chat/completions", json=ASKED, headers={"x-autodev-deadline-s": "soon"})
    assert wrong.status_code == 400


async def test_who_is_alive() -> None:
    transport = httpx.ASGITransport(app=make_app(Callers(lambda _: None)))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
