"""Marks of what a provider shall keep of a request, for wires that keep nothing unasked.

Anthropic's models keep what stands before a mark (tools, then the system message, then the conversation), for some
minutes, and only that; at most four marks a request, each with what it wrote and read paid by its own price. OpenAI,
Gemini and local servers find by themselves what repeats, and get none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from providers.chat import Json

MOST = 4
NAME, MARK = "cache_control", {"type": "ephemeral"}
# They serve Claude beside other models, and litellm writes the mark as each of them wants it.
WITH_CLAUDE = frozenset({"bedrock", "vertex_ai", "azure_ai", "openrouter"})


def takes_marks(model: str) -> bool:
    """Whether the wire to this model of litellm's takes them."""
    provider, _, name = model.partition("/")
    return provider == "anthropic" or (provider in WITH_CLAUDE and "claude" in name.lower())


def marked(messages: Sequence[Json], stable: int) -> list[dict[str, Any]]:
    """The messages with marks at the ends of what the next request begins with, too: the `stable` first ones. Where
    that is none, marks that are there stay: a caller of the gateway set them."""
    places = places_of(messages[:stable])
    return [{**one, NAME: MARK} if at in places else dict(one) for at, one in enumerate(messages)]


def bare(parts: Sequence[Json]) -> list[dict[str, Any]]:
    """Messages or tools without a mark of their own."""
    return [{name: value for name, value in one.items() if name != NAME} for one in parts]


def places_of(messages: Sequence[Json]) -> set[int]:
    """Where marks stand: behind the system message (and so behind the tools), which many jobs share; behind the task,
    for when the conversation is made short; where the request before this one ended, so that it is found however many
    parts came since (a provider looks back over twenty); and at the end. Parts without a text cannot be marked, nor
    can words of the model."""
    system = [at for at, one in enumerate(messages) if one["role"] == "system"]
    others = [at for at, one in enumerate(messages) if one["role"] != "system"]
    said = [at for at in others if messages[at]["role"] == "assistant"]
    wanted = {*system[-1:], *others[:1], *others[-1:], *([said[-1] - 1] if said else [])}
    return {at for at in wanted if at >= 0 and messages[at]["role"] != "assistant" and messages[at].get("content")}
