"""litellm's answers in our form, and what makes one unusable."""

from __future__ import annotations

from typing import Any

from providers.chat import Completion, Delta, Finish, TokenUsage, ToolCall, ToolCallDelta
from providers.kinds.litellm.sight import Sight

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


def usage_of(usage: Any, *, counted: bool) -> TokenUsage:
    if usage is None:
        return TokenUsage(estimated=True)
    prompt = getattr(usage, "prompt_tokens_details", None)
    output = getattr(usage, "completion_tokens_details", None)
    written = getattr(usage, "cache_creation_input_tokens", None) or getattr(prompt, "cache_creation_tokens", None)
    return TokenUsage(
        input_tokens=usage.prompt_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        cached_tokens=getattr(prompt, "cached_tokens", None) or 0,
        cache_write_tokens=written or 0,
        reasoning_tokens=getattr(output, "reasoning_tokens", None) or 0,
        estimated=not counted,
    )


def completion_of(response: Any, sight: Sight) -> Completion:
    """The whole answer. `unusable` says before whether it is one."""
    choice = response.choices[0]
    calls = tuple(
        ToolCall(id=call.id or "", name=call.function.name or "", arguments=call.function.arguments or "")
        for call in choice.message.tool_calls or ()
    )
    return Completion(
        text=choice.message.content or "",
        finish=finish_of(choice.finish_reason, tools=bool(calls)),
        usage=usage_of(getattr(response, "usage", None), counted=sight.seen.counted or not sight.speaks),
        model=sight.seen.model or response.model or "",
        tool_calls=calls,
        reasoning=getattr(choice.message, "reasoning_content", None) or "",
    )


def delta_of(chunk: Any) -> tuple[Delta, str | None]:
    """A piece of a stream, and litellm's word for why it stopped, if it is the last one."""
    if not chunk.choices:
        return Delta(), None
    choice = chunk.choices[0]
    calls = tuple(
        ToolCallDelta(
            index=call.index,
            id=call.id or "",
            name=call.function.name or "",
            arguments=call.function.arguments or "",
        )
        for call in choice.delta.tool_calls or ()
    )
    delta = Delta(
        text=choice.delta.content or "",
        reasoning=getattr(choice.delta, "reasoning_content", None) or "",
        tool_calls=calls,
    )
    return delta, choice.finish_reason
