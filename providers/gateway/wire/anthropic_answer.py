"""Anthropic's messages: what is answered, whole and as a stream of events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from providers.chat import Completion, Delta, Finish, TokenUsage, ToolCallDelta

STOP_REASONS = {
    Finish.STOP: "end_turn", Finish.LENGTH: "max_tokens", Finish.TOOL_CALLS: "tool_use",
    Finish.CONTENT_FILTER: "refusal",
}  # fmt: skip


def message(answer: Completion, *, id_: str) -> dict[str, Any]:
    """The body of a whole answer. A call whose arguments are no JSON object has them under `_raw`."""
    blocks: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
    blocks += [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": _input(call.arguments)}
        for call in answer.tool_calls
    ]
    return {
        **_frame(id_, answer.model),
        "content": blocks,
        "stop_reason": STOP_REASONS[answer.finish],
        "stop_sequence": None,
        "usage": usage(answer.usage),
    }


def usage(tokens: TokenUsage) -> dict[str, int]:
    """Here the input tokens are those that no cache had."""
    return {
        "input_tokens": max(0, tokens.input_tokens - tokens.cached_tokens - tokens.cache_write_tokens),
        "output_tokens": tokens.output_tokens,
        "cache_read_input_tokens": tokens.cached_tokens,
        "cache_creation_input_tokens": tokens.cache_write_tokens,
    }


class OutOfOrder(Exception):
    """A piece belongs to a block that was already ended, which these events cannot say."""


class Stream:
    """The pieces of one answer as events; one content block is open at a time."""

    def __init__(self, *, id_: str, input_tokens: int = 0) -> None:
        self._id = id_
        self._input_tokens = input_tokens
        self._blocks = -1
        self._open: str | int | None = None
        self._tools: dict[int, int] = {}
        self._begun = False
        self._finish = Finish.STOP

    def piece(self, delta: Delta, *, model: str) -> bytes:
        """The events of one piece. Raises OutOfOrder."""
        return b"".join(self._events(delta, model))

    def end(self, tokens: TokenUsage, *, model: str) -> bytes:
        """What follows the last piece."""
        closing = list(self._begin(model)) + list(self._close())
        told = {"stop_reason": STOP_REASONS[self._finish], "stop_sequence": None}
        closing.append(event({"type": "message_delta", "delta": told, "usage": usage(tokens)}))
        closing.append(event({"type": "message_stop"}))
        return b"".join(closing)

    def error(self, error: Mapping[str, Any]) -> bytes:
        """An answer that cannot go on; no message_stop follows."""
        return event({"type": "error", "error": error})

    def _events(self, delta: Delta, model: str) -> Iterator[bytes]:
        yield from self._begin(model)
        if delta.text:
            yield from self._into("text", {"type": "text", "text": ""})
            yield self._delta({"type": "text_delta", "text": delta.text})
        for call in delta.tool_calls:
            yield from self._call(call)
        if delta.finish is not None:
            self._finish = delta.finish

    def _begin(self, model: str) -> Iterator[bytes]:
        if self._begun:
            return
        self._begun = True
        empty: dict[str, Any] = {"content": [], "stop_reason": None, "stop_sequence": None}
        counted = usage(TokenUsage(input_tokens=self._input_tokens))
        yield event({"type": "message_start", "message": {**_frame(self._id, model), **empty, "usage": counted}})

    def _call(self, call: ToolCallDelta) -> Iterator[bytes]:
        if call.index not in self._tools:
            block = {
                "type": "tool_use",
                "id": call.id or f"toolu_{self._id}_{call.index}",
                "name": call.name,
                "input": {},
            }
            yield from self._into(call.index, block)
            self._tools[call.index] = self._blocks
        elif self._open != call.index:
            raise OutOfOrder
        if call.arguments:
            yield self._delta({"type": "input_json_delta", "partial_json": call.arguments})

    def _into(self, block: str | int, start: Mapping[str, Any]) -> Iterator[bytes]:
        if self._open == block:
            return
        yield from self._close()
        self._blocks += 1
        self._open = block
        yield event({"type": "content_block_start", "index": self._blocks, "content_block": start})

    def _close(self) -> Iterator[bytes]:
        if self._open is not None:
            self._open = None
            yield event({"type": "content_block_stop", "index": self._blocks})

    def _delta(self, delta: Mapping[str, Any]) -> bytes:
        return event({"type": "content_block_delta", "index": self._blocks, "delta": delta})


def event(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {data['type']}\ndata: {text}\n\n".encode()


def error_body(*, message: str, type_: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": type_, "message": message}}


def _frame(id_: str, model: str) -> dict[str, Any]:
    return {"id": f"msg_{id_}", "type": "message", "role": "assistant", "model": model}


def _input(arguments: str) -> dict[str, Any]:
    try:
        value = json.loads(arguments or "{}")
    except ValueError:
        return {"_raw": arguments}
    return value if isinstance(value, dict) else {"_raw": arguments}
