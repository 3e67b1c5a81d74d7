"""Answers in the wire formats, with and without streaming."""

from __future__ import annotations

import dataclasses

import pytest

from providers.chat import Finish, TokenUsage
from providers.kinds.litellm import LiteLLMKind
from tests.providers.kinds.calls import ASK, KEY, Caller, target
from tests.providers_lab import Answer, ToolUse, Upstream
from tests.providers_lab.answers import DEFAULT_TEXT

pytestmark = pytest.mark.feature("F2.1")

TOOL = {
    "type": "function",
    "function": {
        "name": "write",
        "description": "Writes a file.",
        "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
    },
}
OTHER_MODELS = ["openai/responses/lab", "hosted_vllm/lab", "ollama_chat/lab", "lm_studio/lab", "openrouter/lab/lab"]


async def test_a_text(caller: Caller, upstream: Upstream) -> None:
    completion = await caller.call()
    assert completion.text == DEFAULT_TEXT
    assert completion.finish is Finish.STOP
    assert completion.usage == TokenUsage(input_tokens=12, output_tokens=10)
    assert completion.model == caller.target.model.partition("/")[2]
    assert upstream.calls == 1


async def test_a_stream_comes_in_pieces_before_it_is_over(caller: Caller, upstream: Upstream) -> None:
    completion = await caller.call()
    assert completion.text == DEFAULT_TEXT
    if caller.stream:
        assert [one.text for one in caller.deltas[:3]] == ["The", " lab", " answers"]


async def test_events_that_fall_apart_in_the_middle_of_a_letter(caller: Caller, upstream: Upstream) -> None:
    upstream.answer("Grüße aus dem Labor — 你好")
    upstream.split = 3
    assert (await caller.call()).text == "Grüße aus dem Labor — 你好"


async def test_half_a_letter_is_none(caller: Caller, upstream: Upstream) -> None:
    """JSON can say half of an emoji, and a NUL; nothing behind this, a wire or a database, takes either."""
    use = ToolUse(name="write", arguments='{"path": "\ud83d.py"}')
    upstream.answer(
        Answer(text="Well \ud83d \0", reasoning="Hm \ude00", tool_calls=(use,), finish="tool_calls", model="m\ud83d\0")
    )
    completion = await caller.call(dataclasses.replace(ASK, tools=(TOOL,), tool_choice="auto"))
    assert (completion.text, completion.reasoning) == ("Well ? \ufffd", "Hm ?")
    assert completion.tool_calls[0].arguments.encode() in (b'{"path": "?.py"}', b'{"path": "\\ud83d.py"}')
    assert completion.model.encode().startswith(b"m?")


async def test_a_call_of_a_tool_with_reasoning(caller: Caller, upstream: Upstream) -> None:
    use = ToolUse(name="write", arguments='{"path": "a.py"}')
    upstream.answer(Answer(text="I write it.", reasoning="A file is wanted.", tool_calls=(use,), finish="tool_calls"))
    completion = await caller.call(dataclasses.replace(ASK, tools=(TOOL,), tool_choice="auto"))
    (call,) = completion.tool_calls
    assert (call.name, call.arguments) == ("write", '{"path": "a.py"}')
    assert call.id
    assert completion.finish is Finish.TOOL_CALLS
    assert completion.text == "I write it."
    assert completion.reasoning == "A file is wanted."
    assert "write" in str(upstream.requests[-1].body["tools"])


async def test_a_call_of_a_tool_without_text_is_an_answer(caller: Caller, upstream: Upstream) -> None:
    upstream.answer(Answer(text="", tool_calls=(ToolUse(name="write"),), finish="tool_calls"))
    completion = await caller.call(dataclasses.replace(ASK, tools=(TOOL,)))
    assert [call.name for call in completion.tool_calls] == ["write"]
    assert completion.finish is Finish.TOOL_CALLS


async def test_cached_and_reasoning_tokens(caller: Caller, upstream: Upstream) -> None:
    upstream.answer(Answer(input_tokens=100, output_tokens=30, cached_tokens=40, reasoning_tokens=7))
    usage = (await caller.call()).usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens) == (100, 30, 40)
    assert not usage.estimated
    if not caller.target.model.startswith("anthropic"):  # which does not say how many were reasoning
        assert usage.reasoning_tokens == 7


async def test_tokens_written_to_the_cache(kind: LiteLLMKind, upstream: Upstream, stream: bool) -> None:
    upstream.answer(Answer(input_tokens=100, cached_tokens=10, cache_write_tokens=50))
    usage = (await Caller(kind, target("anthropic/claude-lab", upstream), KEY, stream=stream).call()).usage
    assert (usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens) == (100, 10, 50)


@pytest.mark.parametrize("name", ["openai/m", "anthropic/claude-lab"])
async def test_usage_that_nobody_counted_is_estimated_and_says_so(
    kind: LiteLLMKind, upstream: Upstream, stream: bool, name: str
) -> None:
    upstream.answer(Answer(usage=False))
    usage = (await Caller(kind, target(name, upstream), KEY, stream=stream).call()).usage
    assert usage.estimated
    assert 10 <= usage.input_tokens <= 100
    assert 10 <= usage.output_tokens <= 40


@pytest.mark.parametrize(
    ("finish", "expected"),
    [("length", Finish.LENGTH), ("content_filter", Finish.CONTENT_FILTER), ("stop", Finish.STOP)],
)
async def test_why_it_stopped(
    kind: LiteLLMKind, upstream: Upstream, stream: bool, finish: str, expected: Finish
) -> None:
    upstream.answer(Answer(finish=finish))
    for name in ("openai/m", "anthropic/claude-lab"):
        completion = await Caller(kind, target(name, upstream), KEY, stream=stream).call()
        assert completion.finish is expected


@pytest.mark.parametrize("name", OTHER_MODELS)
async def test_other_providers_that_litellm_names(
    kind: LiteLLMKind, upstream: Upstream, stream: bool, name: str
) -> None:
    use = ToolUse(name="write", arguments='{"path": "a.py"}')
    upstream.answer(Answer(tool_calls=(use,), finish="tool_calls", cached_tokens=0))
    caller = Caller(kind, target(name, upstream), KEY, stream=stream)
    completion = await caller.call(dataclasses.replace(ASK, tools=(TOOL,)))
    assert completion.text == DEFAULT_TEXT
    assert [call.arguments for call in completion.tool_calls] == ['{"path": "a.py"}']
    assert completion.finish is Finish.TOOL_CALLS
    assert completion.usage == TokenUsage(input_tokens=12, output_tokens=10)


async def test_the_model_that_answered_is_named(caller: Caller, upstream: Upstream) -> None:
    upstream.fail("wrong_model")
    assert (await caller.call()).model == "lab-other-model"


async def test_slow_tokens_are_no_failure(caller: Caller, upstream: Upstream) -> None:
    upstream.fail("slow; interval_s=0.01")
    assert (await caller.call()).text == DEFAULT_TEXT
