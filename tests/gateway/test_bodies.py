"""Bodies that mean ill or nothing: each is refused as the caller's fault, and none speaks against a provider."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.gateway.app import MOST_PARTS
from providers.gateway.wire import anthropic, openai
from providers.gateway.wire.base import BadBody, Parsed, body_of
from providers.kinds.litellm.request import arguments
from providers.money.tokens import estimate_tokens
from providers.routing.demand import demand_of
from providers.routing.need import Need
from providers.targets import Target
from tests.gateway.test_app import ASKED, MESSAGES, client, here
from tests.routing.fakes import World

__all__ = ["client", "here"]

pytestmark = pytest.mark.feature("F2.16")
USER = {"role": "user", "content": "Say hello."}
TARGET = Target(id=uuid.uuid4(), workspace_id=uuid.uuid4(), name="t", kind="litellm", model="openai/m")


def parts(*found: object) -> list[object]:
    return [{"role": "user", "content": list(found)}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"tools": ["f"]},
        {"tools": {"a": 1}},
        {"response_format": "json"},
        {"tool_choice": 5},
        {"stop": [1]},
        {"stream_options": 7},
        {"messages": parts("text")},
        {"messages": parts({"type": "file", "file": {"file_id": "http://169.254.169.254/"}})},
        {"messages": parts({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}})},
        {"messages": parts({"type": "image_url", "image_url": "/etc/passwd"})},
        {"messages": [{"role": "assistant", "content": None, "tool_calls": ["f"]}]},
    ],
)
async def test_a_body_of_another_form_is_the_callers_fault(
    client: httpx.AsyncClient, here: World, wrong: dict[str, object]
) -> None:
    found = await client.post("/v1/chat/completions", json=ASKED | wrong)
    assert found.status_code == 400, found.text
    assert found.json()["error"]["type"] == "invalid_request_error"
    assert not here.kind.calls


@pytest.mark.parametrize(
    "raw",
    [
        b'{"model": "m", "temperature": NaN, "messages": [{"role": "user", "content": "x"}]}',
        b'{"model": "m", "temperature": 1e400, "messages": [{"role": "user", "content": "x"}]}',
        b'{"model": "m", "logit_bias": {"1": -1e999}, "messages": [{"role": "user", "content": "x"}]}',
        b'{"model": "m", "max_tokens": 5, "top_p": -Infinity, "messages": [{"role": "user", "content": "x"}]}',
        b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800"}], "max_tokens": 1}',
        b"[" * 200_000,
        b'{"model": ' + b"9" * 5000 + b"}",
        b"\xff\xfe",
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/messages/count_tokens"])
async def test_a_body_that_no_provider_takes(client: httpx.AsyncClient, here: World, raw: bytes, path: str) -> None:
    found = await client.post(path, content=raw)
    assert found.status_code == 400, found.text
    assert not here.kind.calls


def test_pairs_of_halves_are_characters() -> None:
    assert body_of(b'"\\ud83d\\ude00"') == "\U0001f600"


async def test_a_word_for_the_chain_is_a_word(client: httpx.AsyncClient, here: World) -> None:
    for word in ("x" * 61, "a b", "Review"):
        found = await client.post("/v1/chat/completions", json=ASKED, headers={"x-autodev-task-kind": word})
        assert found.status_code == 400
    assert not here.kind.calls


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image_url", "image", "tool_result", "tool_use", "thinking", "input_audio"])},
    optional={"text": JSON, "image_url": JSON, "source": JSON, "content": JSON, "input": JSON, "cache_control": JSON},
)
MESSAGE = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool"]), "content": JSON | st.lists(BLOCK, max_size=2)},
    optional={"tool_calls": JSON},
)
FIELDS = (
    "tools", "tool_choice", "response_format", "stop", "stop_sequences", "system", "temperature", "stream_options",
    "n", "top_k", "stream", "seed", "thinking", "metadata", "functions",
)  # fmt: skip
BODY = st.fixed_dictionaries(
    {
        "model": st.just("m") | JSON,
        "messages": st.lists(MESSAGE, min_size=1, max_size=3) | JSON,
        "max_tokens": st.just(5) | JSON,
    },
    optional=dict.fromkeys(FIELDS, JSON),
)


@pytest.mark.parametrize("form", [openai, anthropic], ids=["openai", "anthropic"])
def test_whatever_comes_is_refused_or_can_be_sent(form: Any) -> None:
    """What passes the parser raises nothing on its way to a provider: else it would count against the provider."""

    @settings(max_examples=400, deadline=None)
    @given(BODY)
    def holds(body: dict[str, Any]) -> None:
        try:
            parsed: Parsed = form.parse(body)
        except BadBody:
            return
        demand_of(parsed.request, Need(workspace_id=TARGET.workspace_id), estimate_tokens)
        json.dumps(arguments(parsed.request, TARGET, None, stream=parsed.stream), allow_nan=False)

    holds()


async def test_what_breaks_inside_is_told_in_the_format(
    client: httpx.AsyncClient, here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(here.ledger, "reserve", away)
    for path, body in (("/v1/chat/completions", ASKED), ("/v1/messages", MESSAGES)):
        for stream in (False, True):
            found = await client.post(path, json=body | {"stream": stream})
            assert found.status_code == 500
            assert "secret" not in found.text
            assert found.json()["error"]["type"] == "api_error"


async def test_a_body_of_very_many_parts_is_refused_before_it_is_read(client: httpx.AsyncClient, here: World) -> None:
    """Whoever works in a sandbox holds a token. Millions of small parts held the event loop, on which all jobs hear
    their models, for seconds."""
    crowded: list[dict[str, Any]] = [{"messages": MOST_PARTS * [{}]}, {"stop": 5 * MOST_PARTS * [1]}]
    for more in crowded:
        for path in ("chat/completions", "messages", "messages/count_tokens"):
            found = await client.post(f"/v1/{path}", content=json.dumps({**MESSAGES, **more}))
            assert (found.status_code, "too many parts" in found.text) == (413, True)
    assert here.ledger.reserved == []
    few = json.dumps({**ASKED, "messages": [{"role": "user", "content": "{" * 1000}]})
    assert (await client.post("/v1/chat/completions", content=few)).status_code == 200
