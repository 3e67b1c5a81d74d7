"""What reaches the provider."""

from __future__ import annotations

import dataclasses
import uuid

import pytest

from providers.chat import ChatRequest
from providers.failures.kinds import FailureKind
from providers.kinds.litellm import LiteLLMKind
from providers.kinds.litellm.request import arguments, framework_of
from providers.targets import Target
from tests.providers.kinds.calls import ASK, KEY, SECRET, Caller, target
from tests.providers_lab import Upstream

pytestmark = pytest.mark.feature("F2.1")

BARE = Target(id=uuid.uuid4(), workspace_id=uuid.uuid4(), name="bare", kind="litellm", model="openai/gpt-5")
FULL = ChatRequest(
    messages=({"role": "user", "content": "hi"},),
    tools=({"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}},),
    tool_choice="required",
    response_format={"type": "json_object"},
    max_output_tokens=77,
    temperature=0.2,
    top_p=0.9,
    stop=("END",),
    extra={"seed": 7},
)


async def test_the_key_and_the_wishes(kind: LiteLLMKind, upstream: Upstream, stream: bool) -> None:
    await Caller(kind, target("openai/m", upstream), KEY, stream=stream).call(FULL)
    (seen,) = upstream.requests
    assert seen.key == SECRET
    body = seen.body
    assert body["max_tokens"] == 77
    assert (body["temperature"], body["top_p"], body["stop"], body["seed"]) == (0.2, 0.9, ["END"], 7)
    assert body["response_format"] == {"type": "json_object"}
    assert body["tool_choice"] == "required"
    assert seen.headers["accept-encoding"] == "identity"
    assert bool(body.get("stream")) is stream


async def test_params_of_the_target_go_with_each_call_but_ours(kind: LiteLLMKind, upstream: Upstream) -> None:
    params = {"frequency_penalty": 0.5, "terminator": True}
    await Caller(kind, target("openai/m", upstream, params=params), KEY, stream=False).call()
    body = upstream.requests[-1].body
    assert body["frequency_penalty"] == 0.5
    assert "terminator" not in body


async def test_an_endpoint_whose_streams_always_have_a_terminator(kind: LiteLLMKind, upstream: Upstream) -> None:
    caller = Caller(kind, target("openai/m", upstream, params={"terminator": True}), KEY, stream=True)
    assert (await caller.call()).text
    upstream.fail("no_terminator")
    assert (await caller.failure()).error_type == FailureKind.TRUNCATED_STREAM


async def test_a_key_of_the_environment_is_never_taken(
    kind: LiteLLMKind, upstream: Upstream, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.setenv(name, "sk-of-somebody-else")
    await Caller(kind, target(model, upstream, needs_key=False), None, stream=False).call()
    assert upstream.requests[-1].key == "none"


def test_a_cloud_role_is_not_displaced() -> None:
    assert "api_key" not in arguments(
        ASK, dataclasses.replace(BARE, model="bedrock/a.b", needs_key=False), None, stream=False
    )


def test_there_is_one_attempt_and_litellm_keeps_its_client() -> None:
    first, second = (arguments(ASK, BARE, KEY, stream=True) for _ in range(2))
    assert first == second
    assert (first["num_retries"], first["max_retries"], first["timeout"]) == (0, 0, BARE.deadlines.total_s)
    assert first["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("model", "api_base", "name"),
    [
        ("openai/gpt-5", "", "max_completion_tokens"),
        ("openai/gpt-5", "http://127.0.0.1:1/v1", "max_tokens"),
        ("anthropic/claude", "", "max_tokens"),
    ],
)
def test_the_output_limit_has_the_name_that_is_understood(model: str, api_base: str, name: str) -> None:
    assert name in arguments(ASK, dataclasses.replace(BARE, model=model, api_base=api_base), KEY, stream=False)


def test_a_choice_among_no_tools_is_left_out() -> None:
    request = dataclasses.replace(FULL, tools=())
    assert "tool_choice" not in arguments(request, BARE, KEY, stream=False)


@pytest.mark.parametrize(
    ("model", "framework"),
    [
        ("anthropic/claude-x", "anthropic"),
        ("vertex_ai/claude-x", "anthropic"),
        ("bedrock/nova", "anthropic"),
        ("vertex_ai/gemini-x", "gemini"),
        ("gemini/g", "gemini"),
        ("hosted_vllm/x", "openai"),
        ("gpt-5", "openai"),
    ],
)
def test_whose_patterns_speak_first(model: str, framework: str) -> None:
    assert framework_of(dataclasses.replace(BARE, model=model)) == framework


STOLEN = {
    "api_base": "http://127.0.0.1:1/elsewhere",
    "base_url": "http://127.0.0.1:1/elsewhere",
    "api_key": "mine",
    "model": "openai/other",
    "num_retries": 9,
    "fallbacks": ["openai/other"],
    "mock_response": "made up",
    "n": 3,
    "extra_headers": {"x": "y"},
    "custom_llm_provider": "openai",
}


async def test_a_request_sends_no_key_elsewhere_and_makes_nothing_up(
    kind: LiteLLMKind, upstream: Upstream, stream: bool
) -> None:
    """`extra` is what a caller of the gateway wrote."""
    request = dataclasses.replace(ASK, extra={**STOLEN, "seed": 3})
    completion = await Caller(kind, target("openai/m", upstream), KEY, stream=stream).call(request)
    (seen,) = upstream.requests
    assert (seen.key, seen.model, seen.body["seed"]) == (SECRET, "m", 3)
    assert not set(STOLEN) & (set(seen.body) - {"model"})
    assert completion.text != "made up"


async def test_params_do_not_change_what_makes_a_call_one_attempt(kind: LiteLLMKind, upstream: Upstream) -> None:
    params = {name: STOLEN[name] for name in ("num_retries", "fallbacks", "mock_response", "model", "api_key")}
    upstream.fail("500")
    await Caller(kind, target("openai/m", upstream, params=params), KEY, stream=False).failure()
    assert [(seen.key, seen.model) for seen in upstream.requests] == [(SECRET, "m")]


def test_params_may_take_an_option_away() -> None:
    """For servers that do not know `stream_options`."""
    bare = dataclasses.replace(BARE, params={"stream_options": None})
    assert arguments(ASK, bare, KEY, stream=True)["stream_options"] is None
