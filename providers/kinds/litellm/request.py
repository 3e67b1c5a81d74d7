"""A ChatRequest as litellm's arguments."""

from __future__ import annotations

from typing import Any

from providers import params
from providers.chat import ChatRequest
from providers.kinds.litellm.caching import bare, marked, takes_marks
from providers.targets import Key, Target

# These find credentials in the worker's surroundings (a cloud's role); a made-up key would take the place of that.
_AMBIENT = frozenset({"bedrock", "sagemaker", "vertex_ai", "vertex_ai_beta"})
# Ours, not the provider's: see docs/models.md.
OWN_PARAMS = frozenset({"terminator"})
# Of what litellm takes for itself, what a provider's `params` may say; the rest of that never goes with a call.
HARMLESS = frozenset(
    {"api_version", "allowed_openai_params", "enable_prompt_caching", "ensure_alternating_roles", "region_name"}
    | {"merge_reasoning_content_in_choices", "supports_system_message", "user_continue_message"}
    | {"assistant_continue_message"}
)


def provider_of(model: str) -> str:
    return model.partition("/")[0] if "/" in model else ""


def framework_of(target: Target) -> str:
    """The set of failure patterns that speaks first for this target."""
    provider = provider_of(target.model)
    if provider in {"anthropic", "bedrock"} or "claude" in target.model:
        return "anthropic"
    return "gemini" if provider in {"gemini", "vertex_ai"} else "openai"


def arguments(
    request: ChatRequest, target: Target, key: Key | None, *, stream: bool, machinery: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """What `litellm.acompletion` gets. `machinery` are the names of what it takes for itself. Its own time limit is the
    target's total, the last resort behind the caller's limits; it stays the same from call to call, for clients are
    kept by it."""
    found: dict[str, Any] = {"drop_params": True}
    if stream:
        found["stream_options"] = {"include_usage": True}
    found |= _wishes(request, target)
    found |= {
        name: value
        for name, value in params.allowed(target.params).items()
        if name not in OWN_PARAMS and (name in HARMLESS or name not in machinery)
    }
    found |= {name: value for name, value in request.extra.items() if name in params.OF_A_REQUEST}
    found |= {
        "model": target.model,
        "messages": marked(request.messages, request.stable) if takes_marks(target.model) else bare(request.messages),
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
        found["tools"] = [dict(tool) for tool in request.tools] if takes_marks(target.model) else bare(request.tools)
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
