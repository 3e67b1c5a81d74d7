"""The JSON that providers and agents wrap a failure in: its types, codes, statuses, headers and the message inside."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_OBJECTS = 4
DEEPEST = 6
_TYPE_KEYS = (
    *("type", "code", "status", "error", "reason", "name", "subtype", "err", "errorType", "error_type", "__type"),
    *("finishReason", "finish_reason", "blockReason", "stop_reason"),
)
_STATUS_KEYS = ("statusCode", "status_code", "error_status", "http_status", "httpStatus", "http_code", "code", "status")
_TEXT_KEYS = ("message", "detail", "error_description", "errorMessage", "msg", "status_msg", "raw")
_HEADER_KEYS = ("responseHeaders", "headers", "response_headers")
_MARKS = (
    *("error", "message", "statusCode", "code", "error_status", "data", "detail"),
    *("response", "candidates", "promptFeedback", "base_resp"),
)


@dataclass
class Envelope:
    """What was found. `fields` holds numbers and texts of the names that say when to come back."""

    types: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    found: bool = False


# Without their underlines, hyphens and capitals.
_WAIT_FIELDS = frozenset(
    {
        *("retrydelay", "retryafter", "retryafterms", "retryaftersec", "retryafterseconds"),
        *("resetsinseconds", "resetsat", "resetat", "resettime", "resetafter", "resetafterseconds", "quotaresetdelay"),
        "estimatedtime",  # until a model is loaded
    }
)


def opened(text: str) -> Envelope:
    """Reads the objects in a text. What is no JSON (or Python's form of it) is left alone."""
    envelope = Envelope()
    for value in _objects(text):
        if any(mark in value for mark in _MARKS):
            envelope.found = True
            _walk(value, envelope, 0)
    return envelope


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    decoder, at, count = json.JSONDecoder(), text.find("{"), 0
    while at >= 0 and count < MOST_OBJECTS:
        count += 1
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            value, end = _python_literal(text, at), at + 1
        except RecursionError:  # brackets without end
            return
        if isinstance(value, dict):
            yield value
            at = text.find("{", max(end, at + 1)) if end > at + 1 else -1
        else:
            at = text.find("{", at + 1)


def _python_literal(text: str, at: int) -> Any:
    """The openai SDK prints its bodies as Python dicts."""
    end = text.rfind("}") + 1
    if end <= at or end - at > 4000 or "'" not in text[at : at + 3]:
        return None
    try:
        return ast.literal_eval(text[at:end])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _walk(value: Any, envelope: Envelope, depth: int) -> None:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value[:10]:
            _walk(item, envelope, depth + 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _take(str(key), item, envelope)
            if key not in _HEADER_KEYS:
                _walk(item, envelope, depth + 1)
    elif isinstance(value, str) and value[:1] in "{[" and len(value) < 8000:
        try:
            _walk(json.loads(value), envelope, depth + 1)
        except (ValueError, RecursionError):
            return


def _plain(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _status(item: Any) -> int | None:
    """Azure and litellm's proxy write it as a text."""
    if isinstance(item, str):
        item = int(item) if len(item) == 3 and item.isascii() and item.isdigit() else None
    return item if isinstance(item, int) and not isinstance(item, bool) and 400 <= item <= 599 else None


def _take(key: str, item: Any, envelope: Envelope) -> None:
    if key in _HEADER_KEYS and isinstance(item, Mapping):
        envelope.headers.update({str(name).lower(): str(text) for name, text in item.items()})
    if (
        len(key) < 30
        and _plain(key) in _WAIT_FIELDS
        and isinstance(item, str | int | float)
        and not isinstance(item, bool)
    ):
        envelope.fields.setdefault(key, item)
    if key in _STATUS_KEYS and (status := _status(item)) is not None:
        envelope.statuses.append(status)
    if isinstance(item, str):
        if key in _TYPE_KEYS and 0 < len(item) <= 60 and " " not in item:
            envelope.types.append(item)
        elif (key in _TEXT_KEYS and item[:1] != "{") or (key == "error" and " " in item):
            envelope.messages.append(item)
