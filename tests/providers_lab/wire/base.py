"""What a wire format does for the lab."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.http import Request

Json = dict[str, Any]


class Part(StrEnum):
    """Where in a stream an event stands; faults cut there."""

    START = "start"
    TOKEN = "token"
    FINISH = "finish"
    USAGE = "usage"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Event:
    part: Part
    data: bytes


class Wire(Protocol):
    name: str

    def asked(self, request: Request) -> Asked: ...

    def body(self, answer: Answer, asked: Asked) -> Json:
        """The whole answer."""
        ...

    def events(self, answer: Answer, asked: Asked) -> list[Event]:
        """The answer as server-sent events."""
        ...

    def error(self, name: str, status: int, text: str, model: str) -> Json:
        """The body of the fault `name`; `text` replaces its message where given."""
        ...

    def error_event(self, model: str) -> bytes:
        """An error in the middle of a stream."""
        ...

    def empty(self, answer: Answer, asked: Asked) -> Json:
        """An answer without choices."""
        ...

    def empty_events(self, answer: Answer, asked: Asked) -> list[Event]: ...


def sse(data: Json | str, event: str = "") -> bytes:
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    return (f"event: {event}\n" if event else "").encode() + f"data: {text}\n\n".encode()


def bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")
