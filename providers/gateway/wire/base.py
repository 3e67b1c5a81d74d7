"""What both formats share: a parsed body, its errors, and reading values out of JSON that somebody sent."""

from __future__ import annotations

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
    """`model` is the caller's word for who should answer. `usage_wanted`: a stream ends with the token counts."""

    request: ChatRequest
    model: str
    stream: bool
    usage_wanted: bool = True


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
