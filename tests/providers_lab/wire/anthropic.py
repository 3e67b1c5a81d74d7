"""Anthropic's messages."""

from __future__ import annotations

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.http import Request
from tests.providers_lab.wire.base import Event, Json, Part, bearer, sse
from tests.providers_lab.wire.errors import ANTHROPIC

_STOP = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}


class Anthropic:
    name = "anthropic"

    def asked(self, request: Request) -> Asked:
        body = request.json()
        return Asked(
            wire=self.name,
            path=request.path,
            model=str(body.get("model", "")),
            stream=bool(body.get("stream")),
            key=request.headers.get("x-api-key", "") or bearer(request),
            headers=request.headers,
            body=body,
        )

    def body(self, answer: Answer, asked: Asked) -> Json:
        blocks: list[Json] = []
        if answer.reasoning:
            blocks.append({"type": "thinking", "thinking": answer.reasoning, "signature": "lab"})
        if answer.text:
            blocks.append({"type": "text", "text": answer.text})
        blocks += [
            {"type": "tool_use", "id": call.id, "name": call.name, "input": call.values} for call in answer.tool_calls
        ]
        return {**self._message(answer, asked), "content": blocks, "stop_reason": _STOP.get(answer.finish)}

    def events(self, answer: Answer, asked: Asked) -> list[Event]:
        message = {**self._message(answer, asked), "content": []}
        found = [
            _event(Part.START, {"type": "message_start", "message": message}),
            _event(Part.START, {"type": "ping"}),
        ]
        index = 0
        opening: Json
        if answer.reasoning:
            opening = {"type": "thinking", "thinking": "", "signature": ""}
            found += _block(index, opening, "thinking", [answer.reasoning])
            index += 1
        if answer.text or answer.pieces:
            found += _block(index, {"type": "text", "text": ""}, "text", list(answer.tokens()))
            index += 1
        for call in answer.tool_calls:
            middle = len(call.arguments) // 2
            opening = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
            found += _block(index, opening, "partial_json", [call.arguments[:middle], call.arguments[middle:]])
            index += 1
        if answer.finish:
            usage: Json = {"output_tokens": answer.output()} if answer.usage else {}
            delta = {"stop_reason": _STOP[answer.finish], "stop_sequence": None}
            found.append(_event(Part.FINISH, {"type": "message_delta", "delta": delta, "usage": usage}))
        return [*found, _event(Part.DONE, {"type": "message_stop"})]

    def error(self, name: str, status: int, text: str, model: str) -> Json:
        kind, message = ANTHROPIC[name]
        shown = text or message.format(model=model)
        return {"type": "error", "error": {"type": kind, "message": shown}, "request_id": "req_lab"}

    def error_event(self, model: str) -> bytes:
        return sse(self.error("overloaded", 529, "", model), "error")

    def empty(self, answer: Answer, asked: Asked) -> Json:
        return {**self.body(answer, asked), "content": []}

    def empty_events(self, answer: Answer, asked: Asked) -> list[Event]:
        message = {**self._message(answer, asked), "content": []}
        delta = {"stop_reason": "end_turn", "stop_sequence": None}
        return [
            _event(Part.START, {"type": "message_start", "message": message}),
            _event(Part.FINISH, {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 0}}),
            _event(Part.DONE, {"type": "message_stop"}),
        ]

    def _message(self, answer: Answer, asked: Asked) -> Json:
        return {
            "id": "msg_lab",
            "type": "message",
            "role": "assistant",
            "model": answer.model or asked.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": self._usage(answer),
        }

    def _usage(self, answer: Answer) -> Json:
        if not answer.usage:
            return {}
        return {
            "input_tokens": answer.input_tokens - answer.cached_tokens - answer.cache_write_tokens,
            "cache_creation_input_tokens": answer.cache_write_tokens,
            "cache_read_input_tokens": answer.cached_tokens,
            "output_tokens": answer.output(),
        }


def _event(part: Part, data: Json) -> Event:
    return Event(part, sse(data, str(data["type"])))


def _block(index: int, opening: Json, field: str, pieces: list[str]) -> list[Event]:
    kind = {"text": "text_delta", "thinking": "thinking_delta", "partial_json": "input_json_delta"}[field]
    found = [_event(Part.START, {"type": "content_block_start", "index": index, "content_block": opening})]
    for piece in pieces:
        delta = {"type": kind, field: piece}
        found.append(_event(Part.TOKEN, {"type": "content_block_delta", "index": index, "delta": delta}))
    return [*found, _event(Part.TOKEN, {"type": "content_block_stop", "index": index})]
