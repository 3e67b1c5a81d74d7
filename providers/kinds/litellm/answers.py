"""litellm's answers in our form, and what makes one unusable."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autodev.lib.plain import storable
from providers.chat import ChatRequest, Completion, Delta, Finish, TokenUsage, ToolCall, ToolCallDelta
from providers.kinds.litellm.flaws import OddPiece
from providers.kinds.litellm.sight import Sight
from providers.money.tokens import estimate_tokens, tokens_of

_FINISH = {
    "stop": Finish.STOP,
    "eos": Finish.STOP,
    "length": Finish.LENGTH,
    "tool_calls": Finish.TOOL_CALLS,
    "function_call": Finish.TOOL_CALLS,
    "content_filter": Finish.CONTENT_FILTER,
}


def finish_of(reason: str | None, *, tools: bool) -> Finish:
    """litellm has translated the provider's word to OpenAI's; a call of a tool is one whatever the word."""
    found = _FINISH.get(reason or "", Finish.STOP)
    return Finish.TOOL_CALLS if tools and found is Finish.STOP else found


def usage_of(usage: Any, sight: Sight, request: ChatRequest, written: str) -> TokenUsage:
    """Tokens as the provider counted them. Where it counted none they are estimated from the request and what was
    written; litellm would count them silently, or say zero."""
    if usage is None or (sight.speaks and not sight.seen.counted):
        return TokenUsage(
            input_tokens=estimate_tokens(request), output_tokens=tokens_of(written) if written else 0, estimated=True
        )
    prompt = getattr(usage, "prompt_tokens_details", None)
    output = getattr(usage, "completion_tokens_details", None)
    stored = getattr(usage, "cache_creation_input_tokens", None) or getattr(prompt, "cache_creation_tokens", None)
    return TokenUsage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cached_tokens=getattr(prompt, "cached_tokens", None) or 0,
        cache_write_tokens=stored or 0,
        reasoning_tokens=getattr(output, "reasoning_tokens", None) or 0,
    )


def completion_of(response: Any, sight: Sight, request: ChatRequest) -> Completion:
    """The whole answer; its first choice."""
    choice = response.choices[0]
    calls = tuple(
        ToolCall(
            id=storable(str(call.id or "")),
            name=storable(call.function.name or ""),
            arguments=storable(call.function.arguments or ""),
        )
        for call in choice.message.tool_calls or ()
    )
    text = storable(choice.message.content or "")
    reasoning = storable(getattr(choice.message, "reasoning_content", None) or "")
    written = "".join((reasoning, text, *(call.arguments for call in calls)))
    return Completion(
        text=text,
        finish=finish_of(choice.finish_reason, tools=bool(calls)),
        usage=usage_of(getattr(response, "usage", None), sight, request, written),
        model=storable(str(sight.seen.model or response.model or "")),
        tool_calls=calls,
        reasoning=reasoning,
    )


def delta_of(chunk: Any) -> tuple[Delta, str | None]:
    """A piece of a stream, and the word for why it stopped, if it is the last one. Servers that are nearly OpenAI's
    leave a delta, an index or a function out, and call the reasoning so or so. Raises OddPiece."""
    choice = chunk.choices[0] if chunk.choices else None
    delta = choice.delta if choice is not None else None
    if choice is None or delta is None:
        return Delta(), choice.finish_reason if choice is not None else None
    calls = tuple(
        ToolCallDelta(
            index=place if call.index is None else call.index,
            id=storable(str(call.id or "")),
            name=storable(call.function.name or ""),
            arguments=storable(call.function.arguments or ""),
        )
        for place, call in enumerate(delta.tool_calls or ())
        if call.function is not None
    )
    reasoning = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or ""
    if not isinstance(delta.content or "", str) or not isinstance(reasoning, str):
        raise OddPiece("a piece of the answer has text that is no text")
    said = Delta(text=storable(delta.content or ""), reasoning=storable(reasoning), tool_calls=calls)
    return said, choice.finish_reason


def without_repeats(delta: Delta, whole: set[int]) -> Delta:
    """Where litellm makes a stream of a whole answer (OpenAI's responses, with a model that its table lacks), it gives
    the arguments of a call twice: with its first piece, and again in pieces. `whole` remembers what is complete."""
    kept = tuple(call for call in delta.tool_calls if call.index not in whole)
    whole.update(call.index for call in kept if call.arguments)
    return replace(delta, tool_calls=kept)
