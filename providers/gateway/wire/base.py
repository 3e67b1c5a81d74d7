"""What both formats share: a parsed body, its errors, and reading values out of JSON that somebody sent."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.chat import ChatRequest


class BadBody(Exception):
    """The body is not what the format says. `parameter` names the place."""

    def __init__(self, message: str, parameter: str = "") -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """`model` is the caller's word for who should answer. `usage_wanted`: a stream ends with the token counts.
    `ignored`: the names of what the caller said and nobody will be told."""

    request: ChatRequest
    model: str
    stream: bool
    usage_wanted: bool = True
    ignored: tuple[str, ...] = ()


PARTS = frozenset({"text", "image_url", "input_audio", "refusal"})


def body_of(raw: bytes) -> Any:
    """The JSON of a body. Raises BadBody, also for what JSON has but no provider takes: numbers that are none, and
    halves of characters."""
    try:
        found = json.loads(raw, parse_constant=_no_constant, parse_float=_float)
        if b"\\u" in raw:
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError:
        raise BadBody("the body is nested too deeply") from None
    except UnicodeEncodeError:
        raise BadBody("the body has a half of a character (a lone surrogate)") from None
    except ValueError as error:
        raise BadBody(f"the body is not JSON: {error}") from error
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _float(text: str) -> float:
    """Beyond what a float holds it would be infinity, which nobody can be sent."""
    value = float(text)
    return value if math.isfinite(value) else _no_constant(text[:20])


def content(value: Any, parameter: str) -> None:
    """Checks a message's content: text, or parts that every provider can be asked with. What names a file or an address
    of its own, litellm would fetch from here for some providers. Raises BadBody."""
    if value is None or isinstance(value, str):
        return
    for part in sequence(value, parameter):
        kind = mapping(part, parameter).get("type")
        if kind not in PARTS:
            raise BadBody(f"{parameter}: parts of type {kind!r} cannot be passed on", parameter)
        if kind == "image_url":
            _picture(part.get("image_url"), parameter)


def _picture(value: Any, parameter: str) -> None:
    url = value if isinstance(value, str) else mapping(value, parameter).get("url")
    if not isinstance(url, str) or not url.startswith(("https://", "http://", "data:image/")):
        raise BadBody(f"{parameter}: a picture is an address or data:image/…;base64,…", parameter)


def refuse(body: Mapping[str, Any], unanswerable: Mapping[str, str]) -> None:
    """Raises BadBody for a field whose wish would show in the answer, and would not. `unanswerable` says why."""
    for name, why in unanswerable.items():
        if body.get(name) not in (None, False, [], ""):
            raise BadBody(f"{name} is not supported: {why}", name)


def yes(body: Mapping[str, Any], parameter: str) -> bool:
    value = body.get(parameter)
    if value is not None and not isinstance(value, bool):
        raise BadBody(f"{parameter} must be true or false", parameter)
    return bool(value)


def texts(value: Any, parameter: str) -> tuple[str, ...]:
    found = tuple(sequence(value, parameter))
    if not all(isinstance(one, str) for one in found):
        raise BadBody(f"{parameter} must be a list of texts", parameter)
    return found


def choice(value: Any, parameter: str) -> str | Mapping[str, Any] | None:
    return value if value is None or isinstance(value, str) else mapping(value, parameter)


def mapping(value: Any, parameter: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadBody(f"{parameter} must be an object", parameter)
    return value


def sequence(value: Any, parameter: str) -> Sequence[Any]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise BadBody(f"{parameter} must be a list", parameter)
    return value


def number(body: Mapping[str, Any], parameter: str) -> float | None:
    value = body.get(parameter)
    if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise BadBody(f"{parameter} must be a number", parameter)
    return value


def whole_number(body: Mapping[str, Any], parameter: str) -> int | None:
    value = body.get(parameter)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise BadBody(f"{parameter} must be a whole number from 1 on", parameter)
    return value


def text_of(body: Mapping[str, Any], parameter: str) -> str:
    value = body.get(parameter)
    if not isinstance(value, str) or not value:
        raise BadBody(f"{parameter} is missing", parameter)
    return value
