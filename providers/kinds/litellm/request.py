"""A ChatRequest as litellm's arguments."""

from __future__ import annotations

from typing import Any

from providers.chat import ChatRequest
from providers.targets import Key, Target

# These find credentials in the worker's surroundings (a cloud's role); a made-up key would take the place of that.
_AMBIENT = frozenset({"bedrock", "sagemaker", "vertex_ai", "vertex_ai_beta"})
# Ours, not the provider's: see docs/models.md.
OWN_PARAMS = frozenset({"terminator"})
# What only a call may say, and what would make litellm try again, answer by itself or call somebody.
_RESERVED = frozenset(
    {"model", "messages", "stream", "api_key", "api_base", "base_url", "timeout", "num_retries", "max_retries"}
    | {"caching", "cache", "fallbacks", "context_window_fallback_dict", "model_list", "n"}
    | {"mock_response", "mock_tool_calls", "mock_timeout", "mock_delay"}
    | {
        "callbacks",
        "success_callback",
        "failure_callback",
        "logger_fn",
        "litellm_logging_obj",
        "client",
        "shared_session",
    }
)
# What a request may say beyond its own fields. A caller of the gateway writes these, who must not be able to send a
# workspace's key to an address of his own: whatever is not here is left out.
EXTRA = frozenset(
    {"seed", "logit_bias", "logprobs", "top_logprobs", "presence_penalty", "frequency_penalty", "repetition_penalty"}
    | {"top_k", "min_p", "user", "parallel_tool_calls", "reasoning_effort", "thinking", "verbosity", "prediction"}
    | {"safety_identifier", "prompt_cache_key"}
)


def provider_of(model: str) -> str:
    return model.partition("/")[0] if "/" in model else ""


def framework_of(target: Target) -> str:
    """The set of failure patterns that speaks first for this target."""
    provider = provider_of(target.model)
    if provider in {"anthropic", "bedrock"} or "claude" in target.model:
        return "anthropic"
    return "gemini" if provider in {"gemini", "vertex_ai"} else "openai"


def arguments(request: ChatRequest, target: Target, key: Key | None, *, stream: bool) -> dict[str, Any]:
    """What `litellm.acompletion` gets. Its own time limit is the target's total, the last resort behind the caller's
    limits; it stays the same from call to call, for clients are kept by it."""
    found: dict[str, Any] = {"drop_params": True}
    if stream:
        found["stream_options"] = {"include_usage": True}
    found |= _wishes(request, target)
    found |= {name: value for name, value in target.params.items() if name not in OWN_PARAMS | _RESERVED}
    found |= {name: value for name, value in request.extra.items() if name in EXTRA}
    found |= {
        "model": target.model,
        "messages": [dict(message) for message in request.messages],
        "stream": stream,
        "timeout": target.deadlines.total_s,
        "num_retries": 0,
        "max_retries": 0,
        "caching": False,
        # Else any call with tools imports litellm's own server, and packages that it needs.
        "_skip_mcp_handler": True,
    }
    if target.api_base:
        found["api_base"] = target.api_base
    if key is not None:
        found["api_key"] = key.secret.value
    elif provider_of(target.model) not in _AMBIENT:
        # Without one litellm would take a key of the process's environment, which may be somebody else's.
        found["api_key"] = "none"
    return found


def _wishes(request: ChatRequest, target: Target) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if request.tools:
        found["tools"] = [dict(tool) for tool in request.tools]
    if request.tool_choice is not None and request.tools:
        found["tool_choice"] = request.tool_choice
    if request.response_format is not None:
        found["response_format"] = dict(request.response_format)
    if request.max_output_tokens is not None:
        # OpenAI's newer models know only the new name; compatible servers often only the old one.
        own = provider_of(target.model) in {"openai", "azure", ""} and not target.api_base
        found["max_completion_tokens" if own else "max_tokens"] = request.max_output_tokens
    if request.temperature is not None:
        found["temperature"] = request.temperature
    if request.top_p is not None:
        found["top_p"] = request.top_p
    if request.stop:
        found["stop"] = list(request.stop)
    return found
