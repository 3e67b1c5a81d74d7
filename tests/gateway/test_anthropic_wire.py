"""Anthropic's format: what is read, and what is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.chat import Completion, Delta, Finish, TokenUsage, ToolCall, ToolCallDelta
from providers.gateway.wire.anthropic import parse
from providers.gateway.wire.anthropic_answer import OutOfOrder, Stream, message
from providers.gateway.wire.base import BadBody

pytestmark = pytest.mark.feature("F2.16")
BODY: dict[str, Any] = {"model": "claude", "max_tokens": 100, "messages": [{"role": "user", "content": "hello"}]}


def messages_of(*messages: dict[str, Any], **more: Any) -> list[Any]:
    return list(parse(BODY | {"messages": list(messages)} | more).request.messages)


def test_plain_words() -> None:
    parsed = parse(BODY | {"system": "Be brief.", "stop_sequences": ["END"], "top_k": 5, "stream": True})
    assert list(parsed.request.messages) == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hello"},
    ]
    assert parsed.request.stop == ("END",)
    assert parsed.request.extra == {"top_k": 5}
    assert (parsed.stream, parsed.request.max_output_tokens) == (True, 100)


def test_a_tool_s_way_there_and_back() -> None:
    found = messages_of(
        {"role": "user", "content": "look"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "t1", "name": "look", "input": {"at": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "is_error": True,
                    "content": [{"type": "text", "text": "no"}],
                },
                {"type": "text", "text": "Go on."},
            ],
        },
    )
    assert found[1] == {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}],
    }
    assert found[2] == {"role": "tool", "tool_call_id": "t1", "content": "error: no"}
    assert found[3] == {"role": "user", "content": [{"type": "text", "text": "Go on."}]}


def test_pictures_and_marks_for_the_cache() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}}
    (asked,) = messages_of(
        {"role": "user", "content": [{"type": "text", "text": "see", "cache_control": {"type": "ephemeral"}}, picture]}
    )
    assert asked["content"] == [
        {"type": "text", "text": "see", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
    ]


def test_marks_for_the_cache_behind_tools_and_their_answers() -> None:
    """Where an agent program puts them in each of its turns."""
    mark = {"type": "ephemeral"}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "fine", "cache_control": mark}
    (asked,) = messages_of({"role": "user", "content": [result]})
    assert asked == {"role": "tool", "tool_call_id": "t1", "content": "fine", "cache_control": mark}
    tool = {"name": "look", "input_schema": {"type": "object"}, "cache_control": mark}
    assert parse(BODY | {"tools": [tool]}).request.tools[0]["cache_control"] == mark
    (odd,) = messages_of({"role": "user", "content": [result | {"cache_control": "yes"}]})
    assert "cache_control" not in odd


def test_tools_and_the_choice_among_them() -> None:
    tool = {"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}
    request = parse(BODY | {"tools": [tool], "tool_choice": {"type": "tool", "name": "look"}}).request
    assert request.tools == (
        {
            "type": "function",
            "function": {"name": "look", "parameters": {"type": "object"}, "description": "Looks."},
        },
    )
    assert request.tool_choice == {"type": "function", "function": {"name": "look"}}
    assert parse(BODY | {"tool_choice": {"type": "any"}}).request.tool_choice == "required"


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"model": None}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "document"}]}]}, "messages"),
        ({"messages": [{"role": "assistant", "content": [{"type": "image"}]}]}, "messages"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools"),
        ({"tool_choice": {"type": "perhaps"}}, "tool_choice"),
        ({"system": [{"type": "image"}]}, "system"),
    ],
)
def test_what_cannot_be_passed_on_is_named(change: dict[str, Any], parameter: str) -> None:
    with pytest.raises(BadBody) as error:
        parse(BODY | change)
    assert error.value.parameter == parameter


def test_counting_needs_no_limit() -> None:
    assert parse({k: v for k, v in BODY.items() if k != "max_tokens"}, counting=True).model == "claude"


def test_a_whole_answer() -> None:
    answer = Completion(
        text="I look.",
        finish=Finish.TOOL_CALLS,
        model="m-1",
        usage=TokenUsage(input_tokens=10, output_tokens=4, cached_tokens=6),
        tool_calls=(
            ToolCall(id="t1", name="look", arguments='{"at": 1}'),
            ToolCall(id="t2", name="odd", arguments="not json"),
        ),
    )
    body = message(answer, id_="x")
    assert body["stop_reason"] == "tool_use"
    assert [block["type"] for block in body["content"]] == ["text", "tool_use", "tool_use"]
    assert body["content"][1]["input"] == {"at": 1}
    assert body["content"][2]["input"] == {"_raw": "not json"}
    assert body["usage"]["input_tokens"] == 4
    assert body["usage"]["cache_read_input_tokens"] == 6


def events(raw: bytes) -> list[Any]:
    return [json.loads(part.split("\ndata: ", 1)[1]) for part in raw.decode().split("\n\n") if part]


def test_a_stream_opens_and_closes_its_blocks() -> None:
    stream = Stream(id_="x", input_tokens=12)
    raw = stream.piece(Delta(text="I "), model="m")
    raw += stream.piece(Delta(text="look."), model="m")
    raw += stream.piece(Delta(tool_calls=(ToolCallDelta(index=0, id="t1", name="look", arguments='{"at"'),)), model="m")
    raw += stream.piece(Delta(tool_calls=(ToolCallDelta(index=0, arguments=": 1}"),)), model="m")
    raw += stream.piece(Delta(finish=Finish.TOOL_CALLS), model="m")
    raw += stream.end(TokenUsage(input_tokens=12, output_tokens=5), model="m")
    told = events(raw)
    assert [one["type"] for one in told] == [
        "message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop",
        "content_block_start", "content_block_delta", "content_block_delta", "content_block_stop", "message_delta",
        "message_stop",
    ]  # fmt: skip
    assert told[0]["message"]["usage"]["input_tokens"] == 12
    assert [one["index"] for one in told if "index" in one] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert "".join(one["delta"].get("partial_json", "") for one in told if "delta" in one) == '{"at": 1}'
    assert told[-2]["delta"]["stop_reason"] == "tool_use"
    assert told[-2]["usage"]["output_tokens"] == 5


def test_pieces_of_a_call_that_has_ended() -> None:
    stream = Stream(id_="x")
    stream.piece(Delta(tool_calls=(ToolCallDelta(index=0, id="a", name="one"),)), model="m")
    stream.piece(Delta(tool_calls=(ToolCallDelta(index=1, id="b", name="two"),)), model="m")
    with pytest.raises(OutOfOrder):
        stream.piece(Delta(tool_calls=(ToolCallDelta(index=0, arguments="{}"),)), model="m")


def test_a_stream_that_broke_has_no_end() -> None:
    (told,) = events(Stream(id_="x").error({"type": "api_error", "message": "gone"}))
    assert told == {"type": "error", "error": {"type": "api_error", "message": "gone"}}
