"""OpenAI's format: what is read, and what is written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from providers.chat import Completion, Delta, Finish, TokenUsage, ToolCall, ToolCallDelta
from providers.gateway.wire.base import BadBody
from providers.gateway.wire.openai import Stream, completion, parse

pytestmark = pytest.mark.feature("F2.16")
BODY: dict[str, Any] = {"model": "default", "messages": [{"role": "user", "content": "hello"}]}


def test_everything_that_a_request_says_arrives() -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    parsed = parse(
        BODY
        | {
            "tools": [tool], "tool_choice": "required", "max_completion_tokens": 50, "temperature": 0.5, "top_p": 0.9,
            "stop": "END", "stream": True, "stream_options": {"include_usage": True}, "seed": 7,
            "response_format": {"type": "json_object"}, "user": "u",
        }
    )  # fmt: skip
    request = parsed.request
    assert (parsed.model, parsed.stream, parsed.usage_wanted) == ("default", True, True)
    assert request.messages == tuple(BODY["messages"])
    assert request.tools == (tool,)
    assert (request.tool_choice, request.max_output_tokens, request.stop) == ("required", 50, ("END",))
    assert (request.temperature, request.top_p) == (0.5, 0.9)
    assert request.response_format == {"type": "json_object"}
    assert request.extra == {"seed": 7}


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"content": "nobody said it"}]}, "messages"),
        ({"n": 2}, "n"),
        ({"temperature": "hot"}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"functions": [{"name": "old"}]}, "functions"),
        ({"stop": {"a": 1}}, "stop"),
    ],
)
def test_what_the_format_does_not_allow_is_named(change: dict[str, Any], parameter: str) -> None:
    with pytest.raises(BadBody) as error:
        parse(BODY | change)
    assert error.value.parameter == parameter


def test_a_body_that_is_no_object() -> None:
    with pytest.raises(BadBody, match="must be an object"):
        parse([1, 2])


def test_a_whole_answer() -> None:
    answer = Completion(
        text="",
        finish=Finish.TOOL_CALLS,
        model="m-1",
        usage=TokenUsage(input_tokens=10, output_tokens=4, cached_tokens=6, reasoning_tokens=2),
        tool_calls=(ToolCall(id="c1", name="look", arguments='{"at": 1}'),),
    )
    body = completion(answer, id_="x")
    (choice,) = body["choices"]
    assert body["model"] == "m-1"
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    ]
    assert body["usage"]["total_tokens"] == 14
    assert body["usage"]["prompt_tokens_details"] == {"cached_tokens": 6}


def events(raw: bytes) -> list[Any]:
    lines = [line.removeprefix("data: ") for line in raw.decode().split("\n\n") if line]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def test_a_stream_begins_with_the_role_and_ends_with_the_counts() -> None:
    stream = Stream(id_="x", usage_wanted=True)
    raw = stream.piece(Delta(text="Hel"), model="m")
    raw += stream.piece(Delta(text="lo", finish=Finish.STOP), model="m")
    raw += stream.piece(Delta(usage=TokenUsage(input_tokens=1)), model="m")
    raw += stream.end(TokenUsage(input_tokens=3, output_tokens=2), model="m")
    first, second, counts, done = events(raw)
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "Hel"}
    assert second["choices"][0] == {"index": 0, "delta": {"content": "lo"}, "finish_reason": "stop"}
    assert counts["usage"]["total_tokens"] == 5
    assert counts["choices"] == []
    assert done == "[DONE]"


def test_a_stream_without_counts_where_nobody_asked() -> None:
    assert events(Stream(id_="x", usage_wanted=False).end(TokenUsage(), model="m")) == ["[DONE]"]


def test_pieces_of_tool_calls_keep_their_place() -> None:
    stream = Stream(id_="x", usage_wanted=False)
    raw = stream.piece(Delta(tool_calls=(ToolCallDelta(index=1, id="c", name="look", arguments="{"),)), model="m")
    raw += stream.piece(Delta(tool_calls=(ToolCallDelta(index=1, arguments="}"),)), model="m")
    first, second = events(raw)
    assert first["choices"][0]["delta"]["tool_calls"] == [
        {"index": 1, "id": "c", "type": "function", "function": {"name": "look", "arguments": "{"}}
    ]
    assert second["choices"][0]["delta"] == {"tool_calls": [{"index": 1, "function": {"arguments": "}"}}]}


def test_a_stream_that_broke_has_no_end() -> None:
    raw = Stream(id_="x", usage_wanted=True).error({"message": "gone", "code": "stream_broken"})
    assert events(raw) == [{"error": {"message": "gone", "code": "stream_broken"}}]
