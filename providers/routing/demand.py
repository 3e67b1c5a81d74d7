"""What a request asks of a provider, read from the request once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from providers.chat import ChatRequest, Json
from providers.routing.need import Need
from providers.targets import Capability


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """`output_tokens` is what must fit beside the input: what the request allows, 0 where it does not say."""

    input_tokens: int = 0
    output_tokens: int = 0
    capabilities: frozenset[Capability] = frozenset()


def demand_of(request: ChatRequest, need: Need, tokens: Callable[[ChatRequest], int]) -> Demand:
    """`tokens` estimates those of a request; it is asked where `need.input_tokens` is not set."""
    wanted = set(need.capabilities)
    if request.tools:
        wanted.add(Capability.TOOLS)
    if _promises_form(request) and not need.validated:
        wanted.add(Capability.STRUCTURED)
    if any(_shows(message) for message in request.messages):
        wanted.add(Capability.VISION)
    return Demand(
        input_tokens=tokens(request) if need.input_tokens is None else need.input_tokens,
        output_tokens=request.max_output_tokens or 0,
        capabilities=frozenset(wanted),
    )


def _promises_form(request: ChatRequest) -> bool:
    return request.response_format is not None and request.response_format.get("type") == "json_schema"


def _shows(message: Json) -> bool:
    parts = message.get("content")
    if not isinstance(parts, (list, tuple)):
        return False
    return any(isinstance(part, dict) and part.get("type") in {"image_url", "input_image", "image"} for part in parts)
