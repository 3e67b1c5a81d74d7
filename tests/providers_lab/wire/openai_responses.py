"""OpenAI's responses."""

from __future__ import annotations

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.http import Request
from tests.providers_lab.wire.base import Event, Json, Part, bearer, sse
from tests.providers_lab.wire.errors import OPENAI


class OpenAIResponses:
    """`response.completed` is finish reason and terminator in one."""

    name = "responses"

    def asked(self, request: Request) -> Asked:
        body = request.json()
        return Asked(
            wire=self.name,
            path=request.path,
            model=str(body.get("model", "")),
            stream=bool(body.get("stream")),
            key=bearer(request),
            headers=request.headers,
            body=body,
        )

    def body(self, answer: Answer, asked: Asked) -> Json:
        reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(answer.finish)
        status = "incomplete" if reason else "completed" if answer.finish else "in_progress"
        whole = self._frame(answer, asked, status)
        whole["output"] = self._output(answer)
        whole["incomplete_details"] = {"reason": reason} if reason else None
        if answer.usage:
            whole["usage"] = self._usage(answer)
        return whole

    def events(self, answer: Answer, asked: Asked) -> list[Event]:
        number = iter(range(10_000))

        def event(where: Part, kind: str, **fields: object) -> Event:
            return Event(where, sse({"type": kind, "sequence_number": next(number), **fields}, kind))

        frame = self._frame(answer, asked, "in_progress")
        found = [event(Part.START, "response.created", response=frame)]
        for index, item in enumerate(self._output(answer)):
            item_at: Json = {"output_index": index, "item_id": item["id"]}
            if item["type"] == "message":
                opened = {**item, "content": [], "status": "in_progress"}
                found.append(event(Part.START, "response.output_item.added", output_index=index, item=opened))
                part = {"type": "output_text", "text": "", "annotations": []}
                found.append(event(Part.START, "response.content_part.added", **item_at, content_index=0, part=part))
                found += [
                    event(Part.TOKEN, "response.output_text.delta", **item_at, content_index=0, delta=token)
                    for token in answer.tokens()
                ]
                found.append(
                    event(Part.TOKEN, "response.output_text.done", **item_at, content_index=0, text=answer.text)
                )
            else:
                opened = {**item, "arguments": "", "status": "in_progress"}
                found.append(event(Part.TOKEN, "response.output_item.added", output_index=index, item=opened))
                text = item["arguments"]
                found.append(event(Part.TOKEN, "response.function_call_arguments.delta", **item_at, delta=text))
                found.append(event(Part.TOKEN, "response.function_call_arguments.done", **item_at, arguments=text))
            found.append(event(Part.TOKEN, "response.output_item.done", output_index=index, item=item))
        if answer.finish:
            whole = self.body(answer, asked)
            kind = "response.incomplete" if whole["status"] == "incomplete" else "response.completed"
            found.append(event(Part.FINISH, kind, response=whole))
        return found

    def error(self, name: str, status: int, text: str, model: str) -> Json:
        kind, code, message = OPENAI[name]
        return {"error": {"message": text or message.format(model=model), "type": kind, "param": None, "code": code}}

    def error_event(self, model: str) -> bytes:
        message = OPENAI["internal"][2]
        return sse({"type": "error", "code": "server_error", "message": message, "param": None}, "error")

    def empty(self, answer: Answer, asked: Asked) -> Json:
        return {**self.body(answer, asked), "output": []}

    def empty_events(self, answer: Answer, asked: Asked) -> list[Event]:
        done = {"type": "response.completed", "sequence_number": 0, "response": self.empty(answer, asked)}
        return [Event(Part.FINISH, sse(done, "response.completed"))]

    def _frame(self, answer: Answer, asked: Asked, status: str) -> Json:
        return {
            "id": "resp_lab",
            "object": "response",
            "created_at": 1795000000,
            "model": answer.model or asked.model,
            "status": status,
            "output": [],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "metadata": {},
            "temperature": 1.0,
            "top_p": 1.0,
        }

    def _output(self, answer: Answer) -> list[Json]:
        items: list[Json] = []
        if answer.text:
            content = [{"type": "output_text", "text": answer.text, "annotations": []}]
            items.append(
                {"id": "msg_lab", "type": "message", "role": "assistant", "status": "completed", "content": content}
            )
        items += [
            {
                "id": f"fc_{call.id}",
                "type": "function_call",
                "call_id": call.id,
                "name": call.name,
                "arguments": call.arguments,
                "status": "completed",
            }
            for call in answer.tool_calls
        ]
        return items

    def _usage(self, answer: Answer) -> Json:
        return {
            "input_tokens": answer.input_tokens,
            "input_tokens_details": {"cached_tokens": answer.cached_tokens},
            "output_tokens": answer.output(),
            "output_tokens_details": {"reasoning_tokens": answer.reasoning_tokens},
            "total_tokens": answer.input_tokens + answer.output(),
        }
