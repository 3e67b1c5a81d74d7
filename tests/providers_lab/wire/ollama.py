"""Ollama's chat: one JSON object a line."""

from __future__ import annotations

import json

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.http import Request
from tests.providers_lab.wire.base import Event, Json, Part, bearer

_MESSAGES = {
    "model_not_found": "model '{model}' not found",
    "context": "input length exceeds the context length",
    "unavailable": "server busy, please try again. maximum pending requests exceeded",
}


class Ollama:
    name = "ollama"

    def asked(self, request: Request) -> Asked:
        body = request.json()
        return Asked(
            wire=self.name,
            path=request.path,
            model=str(body.get("model", "")),
            stream=bool(body.get("stream", True)),
            key=bearer(request),
            headers=request.headers,
            body=body,
        )

    def body(self, answer: Answer, asked: Asked) -> Json:
        return {**self._frame(answer, asked, answer.text, calls=True), **self._ending(answer)}

    def events(self, answer: Answer, asked: Asked) -> list[Event]:
        found = [Event(Part.TOKEN, _line(self._frame(answer, asked, token))) for token in answer.tokens()]
        if answer.tool_calls:
            found.append(Event(Part.TOKEN, _line(self._frame(answer, asked, "", calls=True))))
        if answer.finish:
            found.append(Event(Part.FINISH, _line({**self._frame(answer, asked, ""), **self._ending(answer)})))
        return found

    def error(self, name: str, status: int, text: str, model: str) -> Json:
        return {"error": text or _MESSAGES.get(name, f"{name.replace('_', ' ')}").format(model=model)}

    def error_event(self, model: str) -> bytes:
        return _line({"error": "an error was encountered while running the model: CUDA error"})

    def empty(self, answer: Answer, asked: Asked) -> Json:
        return {**self._frame(answer, asked, ""), **self._ending(answer)}

    def empty_events(self, answer: Answer, asked: Asked) -> list[Event]:
        return [Event(Part.FINISH, _line(self.empty(answer, asked)))]

    def _frame(self, answer: Answer, asked: Asked, text: str, *, calls: bool = False) -> Json:
        message: Json = {"role": "assistant", "content": text}
        if calls and answer.tool_calls:
            message["tool_calls"] = [
                {"function": {"name": call.name, "arguments": call.values}} for call in answer.tool_calls
            ]
        model = answer.model or asked.model
        return {"model": model, "created_at": "2026-11-21T00:00:00Z", "message": message, "done": False}

    def _ending(self, answer: Answer) -> Json:
        if not answer.finish:
            return {}
        reason = "length" if answer.finish == "length" else "stop"
        counts: Json = {"prompt_eval_count": answer.input_tokens, "eval_count": answer.output()} if answer.usage else {}
        return {"done": True, "done_reason": reason, **counts}


def _line(data: Json) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode() + b"\n"
