"""A ChatRequest as litellm's arguments."""

from __future__ import annotations

from typing import Any

from providers.chat import ChatRequest
from providers.targets import Key, Target

# These find credentials in the worker's surroundings (a cloud's role); a made-up key would take the place of that.
_AMBIENT = frozenset({"bedrock", "sagemaker", "vertex_ai", "vertex_ai_beta"})
# Ours, not the provider's: see docs/models.md.
OWN_PARAMS = frozenset({"terminator"})


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
    found: dict[str, Any] = {
        "model": target.model,
        "messages": [dict(message) for message in request.messages],
        "timeout": target.deadlines.total_s,
        "num_retries": 0,
        "max_retries": 0,
        "drop_params": True,
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
    if stream:
        found |= {"stream": True, "stream_options": {"include_usage": True}}
    found |= _wishes(request, target)
    found |= {name: value for name, value in target.params.items() if name not in OWN_PARAMS}
    return found | dict(request.extra)


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
