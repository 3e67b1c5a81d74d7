"""Reading the providers' own objects: where each wire format keeps finish reason, terminator, usage and errors.

The format is known by the object itself, not by the address: Azure, OpenRouter and vLLM speak OpenAI's, Vertex speaks
Anthropic's and Gemini's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(slots=True)
class Seen:
    """`finish` in the provider's word. `done`: the terminator, where the format has one. `counted`: the provider said
    how many tokens. `blocked`: it refused the prompt. `choices`: there was one at least."""

    wire: str = ""
    finish: str = ""
    done: bool = False
    counted: bool = False
    choices: bool = False
    blocked: str = ""
    model: str = ""
    error: Json | None = None


def look(event: Json, seen: Seen) -> None:
    """Notes what one object of a stream, or a whole body, says."""
    error = event.get("error")
    if error:
        seen.error = error if isinstance(error, Mapping) else {"message": str(error)}
    kind = event.get("type")
    if "choices" in event:
        _openai(event, seen)
    elif "candidates" in event or "promptFeedback" in event:
        _gemini(event, seen)
    elif isinstance(kind, str) and kind.startswith("response."):
        _responses(event, seen)
    elif event.get("object") == "response":
        _response(event, seen)
    elif isinstance(kind, str):
        _anthropic(kind, event, seen)
    elif isinstance(event.get("done"), bool):
        _ollama(event, seen)


def _openai(event: Json, seen: Seen) -> None:
    seen.wire = "openai"
    seen.model = event.get("model") or seen.model
    seen.counted = seen.counted or bool(event.get("usage"))
    for choice in event["choices"] or ():
        seen.choices = True
        seen.finish = choice.get("finish_reason") or seen.finish
        seen.done = seen.done or "message" in choice  # a whole answer, not a piece


def _gemini(event: Json, seen: Seen) -> None:
    seen.wire = "gemini"
    seen.model = event.get("modelVersion") or seen.model
    seen.counted = seen.counted or bool(event.get("usageMetadata"))
    seen.blocked = (event.get("promptFeedback") or {}).get("blockReason") or seen.blocked
    for candidate in event.get("candidates") or ():
        seen.choices = True
        if candidate.get("finishReason"):
            seen.finish, seen.done = candidate["finishReason"], True


def _anthropic(kind: str, event: Json, seen: Seen) -> None:
    if kind == "message":
        seen.wire, seen.done = "anthropic", True
        _message(event, seen)
        seen.choices = bool(event.get("content"))
    elif kind == "message_start":
        seen.wire = "anthropic"
        _message(event.get("message") or {}, seen)
    elif kind == "content_block_start":
        seen.choices = True
    elif kind == "message_delta":
        seen.finish = (event.get("delta") or {}).get("stop_reason") or seen.finish
        seen.counted = seen.counted or bool(event.get("usage"))
    elif kind == "message_stop":
        seen.done = True


def _message(message: Json, seen: Seen) -> None:
    seen.model = message.get("model") or seen.model
    seen.finish = message.get("stop_reason") or seen.finish
    seen.counted = seen.counted or bool(message.get("usage"))


def _responses(event: Json, seen: Seen) -> None:
    seen.wire = "responses"
    if str(event["type"]).startswith("response.output_item"):
        seen.choices = True
    response = event.get("response")
    if isinstance(response, Mapping):
        _response(response, seen)


def _response(response: Json, seen: Seen) -> None:
    seen.wire = "responses"
    seen.model = response.get("model") or seen.model
    seen.counted = seen.counted or bool(response.get("usage"))
    seen.choices = seen.choices or bool(response.get("output"))
    if response.get("error"):
        seen.error = response["error"]
    if response.get("status") in {"completed", "incomplete"}:
        seen.finish, seen.done = response["status"], True


def _ollama(event: Json, seen: Seen) -> None:
    seen.wire = "ollama"
    seen.model = event.get("model") or seen.model
    seen.choices = True
    if event["done"]:
        seen.finish, seen.done = event.get("done_reason") or "stop", True
        seen.counted = "eval_count" in event
