"""What is asked of a model and what it answers, in one form for all providers.

Messages, tools, tool choice and response format are the JSON of OpenAI's chat completions, which litellm translates to
each provider's own; the gateway translates Anthropic's messages to and from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]


class Finish(StrEnum):
    """Why a model stopped. An answer without one is a failure (truncated), never an answer."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """`stable` is how many of the first messages the next request will begin with, too; 0 where no other one follows
    this one. `extra` holds parameters that are passed on as they are (seed, logit_bias, thinking, …)."""

    messages: tuple[Json, ...]
    tools: tuple[Json, ...] = ()
    tool_choice: str | Json | None = None
    response_format: Json | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    stable: int = 0
    extra: Json = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TokenUsage:
    """Tokens as the provider counted them; `estimated` where it said nothing and they were counted here.
    `input_tokens` includes the cached and cache-written ones."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """`arguments` is the JSON text that the model wrote, whole in a Completion."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True)
class ToolCallDelta:
    """A piece of the call at `index`; `id` and `name` come with its first piece."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, kw_only=True)
class Delta:
    """One piece of a streamed answer. The last one has `finish`; `usage` may come with it or after it. `model` is what
    the provider says that it runs, with any piece."""

    text: str = ""
    reasoning: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    finish: Finish | None = None
    usage: TokenUsage | None = None
    model: str = ""


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A whole answer. `model` is what the provider says that it ran."""

    text: str
    finish: Finish
    usage: TokenUsage
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str = ""
