"""What a provider is told to keep: four marks at most, where they belong, and none where nobody asks for them."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import pytest

from providers.chat import ChatRequest
from providers.kinds.litellm import LiteLLMKind
from providers.kinds.litellm.caching import MARK, MOST, marked, places_of, takes_marks
from providers.kinds.litellm.request import arguments
from providers.targets import Target
from tests.providers.kinds.calls import ASK, KEY, Caller, target
from tests.providers_lab import Upstream

pytestmark = pytest.mark.feature("F2.1")
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


def said(turn: int) -> list[dict[str, Any]]:
    call = {"id": f"c{turn}", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": f"c{turn}", "content": f"answer {turn}"},
    ]


def talk(turns: int) -> tuple[dict[str, Any], ...]:
    begin = [{"role": "system", "content": "rules"}, {"role": "user", "content": "task"}]
    return (*begin, *(one for turn in range(turns) for one in said(turn)))


def marks_in(value: Any) -> int:
    """How many marks stand anywhere in a body."""
    if isinstance(value, dict):
        return ("cache_control" in value) + sum(marks_in(one) for one in value.values())
    return sum(marks_in(one) for one in value) if isinstance(value, list) else 0


def test_marks_stand_behind_system_task_the_request_before_and_the_end() -> None:
    assert places_of(talk(0)) == {0, 1}
    assert places_of(talk(1)) == {0, 1, 3}
    assert places_of(talk(5)) == {0, 1, 9, 11}


@pytest.mark.parametrize("turns", range(0, 30, 3))
def test_each_request_has_the_mark_with_which_the_one_before_it_ended(turns: int) -> None:
    before, after = places_of(talk(turns)), places_of(talk(turns + 1))
    assert max(before) in after
    assert len(after) <= MOST


def test_what_is_said_for_this_request_only_is_not_marked() -> None:
    passing = ({"role": "assistant", "content": "half"}, {"role": "user", "content": "go on"})
    found = marked((*talk(2), *passing), stable=6)
    assert [at for at, one in enumerate(found) if "cache_control" in one] == [0, 1, 3, 5]


def test_nothing_empty_and_no_word_of_the_model_is_marked() -> None:
    empty = {"role": "tool", "tool_call_id": "c9", "content": ""}
    assert places_of((*talk(2)[:-1], empty)) == {0, 1, 3}
    assert places_of(({"role": "user", "content": "task"}, {"role": "assistant", "content": "so"})) == {0}
    assert places_of(()) == set()


def test_what_was_given_stays_as_it_is() -> None:
    given = talk(1)
    marked(given, stable=4)
    assert marks_in(list(given)) == 0


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("anthropic/claude-sonnet-5", True),
        ("anthropic/lab", True),
        ("bedrock/eu.anthropic.claude-sonnet-5-v1:0", True),
        ("vertex_ai/claude-sonnet-5", True),
        ("openrouter/anthropic/claude-sonnet-5", True),
        ("bedrock/amazon.nova-pro-v1:0", False),
        ("vertex_ai/gemini-3-pro", False),
        ("openai/gpt-5", False),
        ("openai/claude-sonnet-5", False),
        ("hosted_vllm/claude-distilled", False),
        ("gpt-5", False),
    ],
)
def test_who_gets_marks(model: str, takes: bool) -> None:
    bare = Target(id=uuid.uuid4(), workspace_id=uuid.uuid4(), name="bare", kind="litellm", model=model)
    request = ChatRequest(messages=talk(3), tools=(TOOL,), stable=8)
    assert takes_marks(model) is takes
    assert marks_in(arguments(request, bare, None, stream=False)["messages"]) == (4 if takes else 0)


async def test_they_arrive_at_anthropic_s_wire(kind: LiteLLMKind, upstream: Upstream, stream: bool) -> None:
    request = dataclasses.replace(ASK, messages=talk(3), tools=(TOOL,), stable=8)
    await Caller(kind, target("anthropic/claude-lab", upstream), KEY, stream=stream).call(request)
    body = upstream.requests[-1].body
    assert marks_in(body) == 4
    assert body["system"][-1]["cache_control"] == MARK
    ends = [message["content"][-1] for message in body["messages"]]
    assert [one["type"] for one in ends if "cache_control" in one] == ["text", "tool_result", "tool_result"]
    assert ends[-1]["cache_control"] == ends[-3]["cache_control"] == MARK
    assert ends[-1]["tool_use_id"] == "c2"


@pytest.mark.parametrize("model", ["openai/m", "gemini/gemini-lab"])
async def test_no_other_wire_gets_any(kind: LiteLLMKind, upstream: Upstream, model: str, stream: bool) -> None:
    request = dataclasses.replace(ASK, messages=talk(3), tools=(TOOL,), stable=8)
    await Caller(kind, target(model, upstream), KEY, stream=stream).call(request)
    assert b"cache_control" not in upstream.requests[-1].raw


async def test_a_request_that_nothing_follows_is_not_marked(kind: LiteLLMKind, upstream: Upstream) -> None:
    """What is written to a cache costs a quarter more, and is worth it only where it is read."""
    await Caller(kind, target("anthropic/claude-lab", upstream), KEY, stream=False).call(
        dataclasses.replace(ASK, messages=talk(1), tools=(TOOL,))
    )
    assert b"cache_control" not in upstream.requests[-1].raw


OF_A_CALLER = ChatRequest(
    messages=(
        {"role": "system", "content": [{"type": "text", "text": "rules", "cache_control": MARK}]},
        *talk(1)[1:3],
        {**talk(1)[3], "cache_control": MARK},
    ),
    tools=({**TOOL, "cache_control": MARK},),
    max_output_tokens=100,
)


async def test_marks_of_a_caller_of_the_gateway_stay(kind: LiteLLMKind, upstream: Upstream) -> None:
    await Caller(kind, target("anthropic/claude-lab", upstream), KEY, stream=False).call(OF_A_CALLER)
    body = upstream.requests[-1].body
    assert marks_in(body) == 3
    assert body["tools"][-1]["cache_control"] == MARK
    assert body["messages"][-1]["content"][-1]["cache_control"] == MARK


async def test_marks_of_messages_and_tools_go_nowhere_else(kind: LiteLLMKind, upstream: Upstream) -> None:
    """A strict server refuses a field that it does not know."""
    await Caller(kind, target("openai/m", upstream), KEY, stream=False).call(OF_A_CALLER)
    body = upstream.requests[-1].body
    assert marks_in(body["tools"]) == 0
    assert not [one for one in body["messages"] if "cache_control" in one]
