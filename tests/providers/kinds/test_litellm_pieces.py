"""Servers that are nearly OpenAI's: what their pieces may lack, and what they call things."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from providers.chat import Finish, TokenUsage
from providers.failures.kinds import FailureKind
from providers.kinds.litellm import LiteLLMKind
from tests.providers.kinds.calls import KEY, Caller
from tests.providers.kinds.hostile import Hostile, Writer, head

pytestmark = pytest.mark.feature("F2.1")


def piece(*, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"} | {
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]
    }


@pytest.fixture
def caller(kind: LiteLLMKind, hostile: Hostile) -> Caller:
    return Caller(kind, hostile.target(), KEY, stream=True)


def sends(hostile: Hostile, *pieces: dict[str, Any]) -> None:
    async def write(writer: Writer) -> None:
        writer.write(head(kind="text/event-stream"))
        for one in pieces:
            writer.write(f"data: {json.dumps(one)}\n\n".encode())
        writer.write(b"data: [DONE]\n\n")
        await writer.drain()

    hostile.answers = write


@pytest.mark.parametrize("name", ["reasoning", "reasoning_content"])
async def test_reasoning_by_either_name(caller: Caller, hostile: Hostile, name: str) -> None:
    sends(hostile, piece(**{name: "It is late."}), piece(content="Good night."), piece(finish="stop"))
    completion = await caller.call()
    assert (completion.reasoning, completion.text) == ("It is late.", "Good night.")


async def test_reasoning_that_is_to_be_merged_into_the_text(caller: Caller, hostile: Hostile) -> None:
    sends(hostile, piece(reasoning_content="It is late."), piece(content="Good night."), piece(finish="stop"))
    caller.target = dataclasses.replace(caller.target, params={"merge_reasoning_content_in_choices": True})
    assert (await caller.call()).text == "<think>It is late.</think>Good night."


@pytest.mark.parametrize(
    ("said", "finish"),
    [
        ("end_turn", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("MAX_TOKENS", Finish.LENGTH),
        ("eos", Finish.STOP),
        ("SAFETY", Finish.CONTENT_FILTER),
        ("never heard of", Finish.STOP),
    ],
)
async def test_a_reason_in_another_providers_word(caller: Caller, hostile: Hostile, said: str, finish: Finish) -> None:
    sends(hostile, piece(content="So far"), piece(finish=said))
    assert (await caller.call()).finish is finish


@pytest.mark.parametrize("said", ["error", "network_error"])
async def test_an_error_for_a_reason_is_no_answer(caller: Caller, hostile: Hostile, said: str) -> None:
    sends(hostile, piece(content="So far"), piece(finish=said))
    assert (await caller.failure()).error_type == FailureKind.TRUNCATED_STREAM


async def test_calls_of_tools_without_index_or_type(caller: Caller, hostile: Hostile) -> None:
    calls = [
        {"id": "a", "function": {"name": "read", "arguments": "{}"}},
        {"id": "b", "function": {"name": "list", "arguments": None}},
    ]
    sends(hostile, piece(role=None, content=None, tool_calls=calls), piece(finish="stop"))
    completion = await caller.call()
    assert [(one.id, one.name, one.arguments) for one in completion.tool_calls] == [
        ("a", "read", "{}"), ("b", "list", ""),
    ]  # fmt: skip
    assert completion.finish is Finish.TOOL_CALLS


async def test_pieces_without_a_delta_or_a_choice(caller: Caller, hostile: Hostile) -> None:
    empty = {**piece(), "choices": [{"index": 0, "delta": None, "finish_reason": None}]}
    sends(hostile, {**piece(), "choices": []}, empty, piece(content="Here."), {**empty, "choices": [
        {"index": 0, "delta": None, "finish_reason": "stop"}]})  # fmt: skip
    completion = await caller.call()
    assert (completion.text, completion.finish) == ("Here.", Finish.STOP)


async def test_text_that_is_none_fails_and_says_so(caller: Caller, hostile: Hostile) -> None:
    sends(hostile, piece(content=[{"type": "text", "text": "Here."}]), piece(finish="stop"))
    assert (await caller.failure()).error_type == FailureKind.MALFORMED_ANSWER


async def test_tokens_from_a_cache_by_a_name_of_ones_own(caller: Caller, hostile: Hostile) -> None:
    usage = {"prompt_tokens": 50, "completion_tokens": 2, "total_tokens": 52, "prompt_cache_hit_tokens": 40}
    sends(hostile, piece(content="Here."), {**piece(finish="stop"), "usage": usage})
    assert (await caller.call()).usage == TokenUsage(input_tokens=50, output_tokens=2, cached_tokens=40)
