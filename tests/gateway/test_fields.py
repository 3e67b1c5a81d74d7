"""What a caller says is honoured, passed on, or told: by a refusal where the answer would lack it, else by a header."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from providers.gateway.wire import anthropic, openai
from providers.gateway.wire.base import BadBody

pytestmark = pytest.mark.feature("F2.16")
ASKED: dict[str, Any] = {"model": "default", "messages": [{"role": "user", "content": "Say hello."}]}
MESSAGES: dict[str, Any] = {**ASKED, "max_tokens": 50}
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 2), ("logprobs", True), ("top_logprobs", 3), ("modalities", ["text", "audio"]), ("audio", {"voice": "x"}),
        ("web_search_options", {"search_context_size": "low"}), ("web_search_options", {}),
        ("functions", [{"name": "x"}]), ("stream", "yes"),
        ("stream_options", {"include_usage": "yes"}),
    ],
)  # fmt: skip
def test_what_an_answer_would_lack_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(BadBody, match=field if field != "stream_options" else "include_usage"):
        openai.parse({**ASKED, field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n", 1), ("logprobs", False), ("top_logprobs", 0), ("modalities", ["text"]), ("audio", None),
        ("functions", []), ("stream", None),
    ],
)  # fmt: skip
def test_what_asks_for_nothing_beyond_is_taken(field: str, value: Any) -> None:
    assert openai.parse({**ASKED, field: value}).ignored == ()


@pytest.mark.parametrize(("field", "value"), [("mcp_servers", [{"name": "n"}]), ("container", "c"), ("stream", 1)])
def test_so_it_is_in_messages(field: str, value: Any) -> None:
    with pytest.raises(BadBody, match=field):
        anthropic.parse({**MESSAGES, field: value})


def test_the_others_are_passed_on_or_named() -> None:
    found = openai.parse({**ASKED, "seed": 7, "reasoning_effort": "low", "service_tier": "auto", "frobnicate": 1})
    assert found.request.extra == {"seed": 7, "reasoning_effort": "low"}
    assert found.ignored == ("service_tier", "frobnicate")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    told = anthropic.parse({**MESSAGES, "top_k": 5, "thinking": thinking, "output_config": {"effort": "low"}})
    assert told.request.extra == {"top_k": 5}
    assert told.ignored == ("thinking", "output_config.effort")


@pytest.mark.parametrize("stream", [False, True])
async def test_a_header_names_what_nobody_is_told(client: httpx.AsyncClient, stream: bool) -> None:
    asked = ASKED | {"stream": stream, "service_tier": "auto", "frob": 1, "two\r\nlines": 1, "größe": 2}
    found = await client.post("/v1/chat/completions", json=asked)
    assert found.status_code == 200
    assert found.headers["x-autodev-ignored"] == "service_tier, frob"
    assert "x-autodev-ignored" not in (await client.post("/v1/chat/completions", json=ASKED)).headers


def test_a_form_for_the_answer_as_anthropics_clients_ask_for_it() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    form = {"type": "json_schema", "schema": schema}
    for said in ({"output_config": {"format": form}}, {"output_format": form}):
        found = anthropic.parse({**MESSAGES, **said})
        assert found.request.response_format == {
            "type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}
        }  # fmt: skip
        assert found.ignored == ()
    for wrong in ({"type": "xml"}, {"type": "json_schema"}, {"type": "json_schema", "schema": "x"}):
        with pytest.raises(BadBody, match="json_schema"):
            anthropic.parse({**MESSAGES, "output_config": {"format": wrong}})


def test_one_call_at_a_time_and_strict_tools() -> None:
    tools = [{"name": "look", "input_schema": {"type": "object"}, "strict": True}]
    choice = {"type": "any", "disable_parallel_tool_use": True}
    found = anthropic.parse({**MESSAGES, "tools": tools, "tool_choice": choice}).request
    assert found.extra == {"parallel_tool_calls": False}
    assert found.tool_choice == "required"
    assert found.tools[0]["function"]["strict"] is True


def test_what_a_tool_showed_is_seen() -> None:
    result = {
        "type": "tool_result", "tool_use_id": "t1",
        "content": [{"type": "text", "text": "saved"}, PNG, {"type": "document", "source": {}}],
    }  # fmt: skip
    found = anthropic.parse({**MESSAGES, "messages": [{"role": "user", "content": [result]}]}).request.messages
    assert found[0]["content"] == "saved\n[picture 1, shown below]\n[document, which cannot be passed on]"
    assert found[1]["role"] == "user"
    assert found[1]["content"][0]["text"] == "What the tool call t1 showed:"
    assert found[1]["content"][1]["image_url"]["url"] == "data:image/png;base64,aGk="


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y"])
def test_a_picture_in_a_result_names_no_file_either(url: str) -> None:
    picture = {"type": "image", "source": {"type": "url", "url": url}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [picture]}
    with pytest.raises(BadBody, match="a picture is an address"):
        anthropic.parse({**MESSAGES, "messages": [{"role": "user", "content": [result]}]})
