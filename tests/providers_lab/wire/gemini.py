"""Google's generateContent and streamGenerateContent."""

from __future__ import annotations

from urllib.parse import parse_qs

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.http import Request
from tests.providers_lab.wire.base import Event, Json, Part, sse
from tests.providers_lab.wire.errors import GEMINI

_FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP", "content_filter": "SAFETY"}


class Gemini:
    """Gemini has no terminator: the end of the body is one."""

    name = "gemini"

    def asked(self, request: Request) -> Asked:
        path, _, query = request.path.partition("?")
        model, _, verb = path.rpartition("/")[2].partition(":")
        return Asked(
            wire=self.name,
            path=request.path,
            model=model,
            stream=verb == "streamGenerateContent",
            key=request.headers.get("x-goog-api-key", "") or parse_qs(query).get("key", [""])[0],
            headers=request.headers,
            body=request.json(),
        )

    def body(self, answer: Answer, asked: Asked) -> Json:
        parts: list[Json] = [{"text": answer.reasoning, "thought": True}] if answer.reasoning else []
        if answer.text:
            parts.append({"text": answer.text})
        return self._whole(answer, asked, [*parts, *_calls(answer)], answer.finish)

    def events(self, answer: Answer, asked: Asked) -> list[Event]:
        found: list[Event] = []
        if answer.reasoning:
            found.append(self._chunk(Part.TOKEN, answer, asked, [{"text": answer.reasoning, "thought": True}]))
        found += [self._chunk(Part.TOKEN, answer, asked, [{"text": token}]) for token in answer.tokens()]
        found += [self._chunk(Part.TOKEN, answer, asked, [call]) for call in _calls(answer)]
        if answer.finish:
            found.append(self._chunk(Part.FINISH, answer, asked, [{"text": ""}], answer.finish))
        return found

    def error(self, name: str, status: int, text: str, model: str) -> Json:
        kind, message = GEMINI[name]
        return {"error": {"code": status, "message": text or message.format(model=model), "status": kind}}

    def error_event(self, model: str) -> bytes:
        return sse(self.error("unavailable", 503, "", model))

    def empty(self, answer: Answer, asked: Asked) -> Json:
        return {**self.body(answer, asked), "candidates": []}

    def empty_events(self, answer: Answer, asked: Asked) -> list[Event]:
        return [Event(Part.START, sse(self.empty(answer, asked)))]

    def _chunk(self, part: Part, answer: Answer, asked: Asked, parts: list[Json], finish: str = "") -> Event:
        return Event(part, sse(self._whole(answer, asked, parts, finish)))

    def _whole(self, answer: Answer, asked: Asked, parts: list[Json], finish: str) -> Json:
        candidate: Json = {"index": 0, "content": {"role": "model", "parts": parts}}
        if finish:
            candidate["finishReason"] = _FINISH[finish]
        whole: Json = {"candidates": [candidate], "modelVersion": answer.model or asked.model, "responseId": "lab"}
        if answer.usage and finish:
            whole["usageMetadata"] = {
                "promptTokenCount": answer.input_tokens,
                "candidatesTokenCount": answer.output() - answer.reasoning_tokens,
                "thoughtsTokenCount": answer.reasoning_tokens,
                "cachedContentTokenCount": answer.cached_tokens,
                "totalTokenCount": answer.input_tokens + answer.output(),
            }
        return whole


def _calls(answer: Answer) -> list[Json]:
    return [{"functionCall": {"name": call.name, "args": call.values}} for call in answer.tool_calls]
