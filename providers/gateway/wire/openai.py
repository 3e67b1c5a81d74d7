"""OpenAI's chat completions, https://platform.openai.com/docs/api-reference/chat."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from providers.chat import ChatRequest, Completion, Delta, TokenUsage
from providers.gateway.wire.base import (
    BadBody,
    Parsed,
    choice,
    content,
    mapping,
    number,
    refuse,
    sequence,
    text_of,
    texts,
    whole_number,
    yes,
)
from providers.params import OF_A_REQUEST

DONE = b"data: [DONE]\n\n"
# What has a place of its own in a request, or says something to the gateway alone.
READ = frozenset(
    {
        "messages", "model", "stream", "stream_options", "tools", "tool_choice", "response_format", "max_tokens",
        "max_completion_tokens", "temperature", "top_p", "stop", "n", "modalities", "logprobs", "store",
    }
)  # fmt: skip
# Who the caller's user is stays here.
PASSED_ON = OF_A_REQUEST - {"user"}
# What would have to show in the answer, and would not.
UNANSWERABLE = {
    "functions": "they are long gone from this format; use tools",
    "logprobs": "not every provider has them",
    "top_logprobs": "not every provider has them",
    "audio": "answers are text",
    "web_search_options": "a search runs at one provider only; give the model a tool for it",
}


def parse(body: Any) -> Parsed:
    """Raises BadBody."""
    body = mapping(body, "the body")
    model = text_of(body, "model")
    messages = sequence(body.get("messages"), "messages")
    if not messages:
        raise BadBody("messages must not be empty", "messages")
    if body.get("n") not in (None, 1):
        raise BadBody("n must be 1: one answer a request", "n")
    refuse(body, UNANSWERABLE)
    if set(texts(body.get("modalities") or [], "modalities")) - {"text"}:
        raise BadBody("modalities must be ['text']: answers are text", "modalities")
    for place, message in enumerate(messages):
        if not isinstance(mapping(message, f"messages[{place}]").get("role"), str):
            raise BadBody(f"messages[{place}].role is missing", "messages")
        content(message.get("content"), f"messages[{place}].content")
        for call in sequence(message.get("tool_calls") or [], f"messages[{place}].tool_calls"):
            mapping(call, f"messages[{place}].tool_calls")
    stop, form = body.get("stop"), body.get("response_format")
    options = mapping(body.get("stream_options") or {}, "stream_options")
    further = {key: value for key, value in body.items() if key not in {*READ, *UNANSWERABLE} and value is not None}
    request = ChatRequest(
        messages=tuple(messages),
        tools=tuple(mapping(tool, "tools") for tool in sequence(body.get("tools") or [], "tools")),
        tool_choice=choice(body.get("tool_choice"), "tool_choice"),
        response_format=mapping(form, "response_format") if form is not None else None,
        max_output_tokens=whole_number(body, "max_completion_tokens") or whole_number(body, "max_tokens"),
        temperature=number(body, "temperature"),
        top_p=number(body, "top_p"),
        stop=(stop,) if isinstance(stop, str) else texts(stop or [], "stop"),
        extra={key: value for key, value in further.items() if key in PASSED_ON},
    )
    return Parsed(
        request=request,
        model=model,
        stream=yes(body, "stream"),
        usage_wanted=yes(options, "include_usage"),
        ignored=tuple(key for key in further if key not in PASSED_ON),
    )


def completion(answer: Completion, *, id_: str) -> dict[str, Any]:
    """The body of a whole answer."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.tool_calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in answer.tool_calls
        ]
    only = {"index": 0, "message": message, "finish_reason": str(answer.finish), "logprobs": None}
    return {
        "id": f"chatcmpl-{id_}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": answer.model,
        "choices": [only],
        "usage": usage(answer.usage),
    }


def usage(tokens: TokenUsage) -> dict[str, Any]:
    return {
        "prompt_tokens": tokens.input_tokens,
        "completion_tokens": tokens.output_tokens,
        "total_tokens": tokens.input_tokens + tokens.output_tokens,
        "prompt_tokens_details": {"cached_tokens": tokens.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning_tokens},
    }


class Stream:
    """The pieces of one answer as events."""

    def __init__(self, *, id_: str, usage_wanted: bool) -> None:
        self._base = {"id": f"chatcmpl-{id_}", "object": "chat.completion.chunk", "created": int(time.time())}
        self._usage_wanted = usage_wanted
        self._begun = False

    def piece(self, delta: Delta, *, model: str) -> bytes:
        """The event of one piece; nothing for one that only counts tokens."""
        said: dict[str, Any] = {} if self._begun else {"role": "assistant", "content": ""}
        self._begun = True
        if delta.text:
            said["content"] = delta.text
        if delta.reasoning:
            said["reasoning_content"] = delta.reasoning
        if delta.tool_calls:
            said["tool_calls"] = [_call(call) for call in delta.tool_calls]
        if not said and delta.finish is None:
            return b""
        only = {"index": 0, "delta": said, "finish_reason": str(delta.finish) if delta.finish else None}
        return event({**self._base, "model": model, "choices": [only]})

    def end(self, tokens: TokenUsage, *, model: str) -> bytes:
        """What follows the last piece."""
        counted = {**self._base, "model": model, "choices": [], "usage": usage(tokens)}
        return (event(counted) if self._usage_wanted else b"") + DONE

    def error(self, error: Mapping[str, Any]) -> bytes:
        """An answer that cannot go on: no [DONE] follows, so that nobody takes it for a whole one."""
        return event({"error": error})


def _call(call: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"index": call.index, "function": {"arguments": call.arguments}}
    if call.id:
        said |= {"id": call.id, "type": "function"}
    if call.name:
        said["function"]["name"] = call.name
    return said


def event(data: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def error_body(*, message: str, type_: str, code: str, parameter: str = "") -> dict[str, Any]:
    return {"error": {"message": message, "type": type_, "code": code, "param": parameter or None}}
