"""OpenAI's chat completions."""

from __future__ import annotations

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.http import Request
from tests.providers_lab.wire.base import Event, Json, Part, bearer, sse
from tests.providers_lab.wire.errors import OPENAI


class OpenAIChat:
    name = "openai"

    def asked(self, request: Request) -> Asked:
        body = request.json()
        return Asked(
            wire=self.name,
            path=request.path,
            model=str(body.get("model", "")),
            stream=bool(body.get("stream")),
            key=bearer(request) or request.headers.get("api-key", ""),
            headers=request.headers,
            body=body,
        )

    def body(self, answer: Answer, asked: Asked) -> Json:
        message: Json = {"role": "assistant", "content": answer.text or None, "refusal": None}
        if not answer.text and not answer.tool_calls:
            message["content"] = ""
        if answer.reasoning:
            message["reasoning_content"] = answer.reasoning
        if answer.tool_calls:
            message["tool_calls"] = [
                {"id": each.id, "type": "function", "function": {"name": each.name, "arguments": each.arguments}}
                for each in answer.tool_calls
            ]
        choice = {"index": 0, "message": message, "finish_reason": answer.finish or None, "logprobs": None}
        whole: Json = {**self._frame(answer, asked, "chat.completion"), "choices": [choice]}
        if answer.usage:
            whole["usage"] = self._usage(answer)
        return whole

    def events(self, answer: Answer, asked: Asked) -> list[Event]:
        frame = self._frame(answer, asked, "chat.completion.chunk")

        def chunk(part: Part, delta: Json, finish: str | None = None) -> Event:
            return Event(part, sse({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}))

        found = [chunk(Part.START, {"role": "assistant", "content": ""})]
        if answer.reasoning:
            found.append(chunk(Part.TOKEN, {"reasoning_content": answer.reasoning}))
        found += [chunk(Part.TOKEN, {"content": token}) for token in answer.tokens()]
        for index, call in enumerate(answer.tool_calls):
            opening = {
                "index": index,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
            found.append(chunk(Part.TOKEN, {"tool_calls": [opening]}))
            middle = len(call.arguments) // 2
            for text in (call.arguments[:middle], call.arguments[middle:]):
                found.append(chunk(Part.TOKEN, {"tool_calls": [{"index": index, "function": {"arguments": text}}]}))
        if answer.finish:
            found.append(chunk(Part.FINISH, {}, answer.finish))
        if answer.usage and (asked.body.get("stream_options") or {}).get("include_usage"):
            found.append(Event(Part.USAGE, sse({**frame, "choices": [], "usage": self._usage(answer)})))
        return [*found, Event(Part.DONE, sse("[DONE]"))]

    def error(self, name: str, status: int, text: str, model: str) -> Json:
        kind, code, message = OPENAI[name]
        return {"error": {"message": text or message.format(model=model), "type": kind, "param": None, "code": code}}

    def error_event(self, model: str) -> bytes:
        return sse(self.error("internal", 500, "", model))

    def empty(self, answer: Answer, asked: Asked) -> Json:
        return {**self.body(answer, asked), "choices": []}

    def empty_events(self, answer: Answer, asked: Asked) -> list[Event]:
        frame = {**self._frame(answer, asked, "chat.completion.chunk"), "choices": []}
        return [Event(Part.START, sse(frame)), Event(Part.DONE, sse("[DONE]"))]

    def _frame(self, answer: Answer, asked: Asked, kind: str) -> Json:
        return {"id": "chatcmpl-lab", "object": kind, "created": 1795000000, "model": answer.model or asked.model}

    def _usage(self, answer: Answer) -> Json:
        return {
            "prompt_tokens": answer.input_tokens,
            "completion_tokens": answer.output(),
            "total_tokens": answer.input_tokens + answer.output(),
            "prompt_tokens_details": {"cached_tokens": answer.cached_tokens},
            "completion_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
        }
