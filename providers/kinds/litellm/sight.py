"""What one call saw on the wire: status, headers, the events of the stream, how it ended.

litellm writes a finish reason of its own where a stream ends without one, counts tokens itself where a provider counts
none, and gives a status to failures that have none. What is noted here is what the provider said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from providers.kinds.litellm import wires

_KEPT_BYTES = 65_536


class Form(StrEnum):
    """How the body is cut into objects. An opaque one (binary) is litellm's alone to judge."""

    EVENTS = "events"
    LINES = "lines"
    WHOLE = "whole"
    OPAQUE = "opaque"


class Closing(Protocol):
    async def aclose(self) -> None: ...


@dataclass(slots=True)
class Sight:
    """`seen` holds what the provider's own objects said. `broke` is the error of the connection, `ended` that the body
    came to its end, `unusable` why it was not read."""

    connect_s: float
    requests: int = 0
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    form: Form = Form.OPAQUE
    seen: wires.Seen = field(default_factory=wires.Seen)
    body: bytearray = field(default_factory=bytearray)
    broke: Exception | None = None
    ended: bool = False
    malformed: str = ""
    unusable: str = ""
    stream: Closing | None = None
    _rest: bytearray = field(default_factory=bytearray)
    _data: list[bytes] = field(default_factory=list)

    def begin(self) -> None:
        """A request goes out: what an earlier one (for a token of access) saw is past."""
        self.requests += 1
        self.status, self.headers, self.form = None, {}, Form.OPAQUE
        self.seen, self.body = wires.Seen(), bytearray()
        self.broke, self.ended, self.malformed, self.unusable = None, False, "", ""
        self._rest, self._data = bytearray(), []

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.form = _form(status, self.headers)

    def feed(self, data: bytes) -> None:
        if len(self.body) < _KEPT_BYTES:
            self.body += data[: _KEPT_BYTES - len(self.body)] if self.form is not Form.WHOLE else data
        elif self.form is Form.WHOLE:
            self.body += data
        if self.form in {Form.EVENTS, Form.LINES}:
            first, *others = data.split(b"\n")
            self._rest += first
            for part in others:
                self._line(bytes(self._rest).rstrip(b"\r"))
                self._rest = bytearray(part)

    def end(self) -> None:
        """The body is complete."""
        if self.ended:
            return
        self.ended = True
        if self.form is Form.WHOLE and self.status is not None and self.status < 300:
            self._object(bytes(self.body))
        elif self.form in {Form.EVENTS, Form.LINES}:
            self._line(bytes(self._rest).rstrip(b"\r"))
            self._line(b"")

    async def drop(self) -> None:
        """Closes a body that nobody reads to its end."""
        if self.stream is not None:
            await self.stream.aclose()

    @property
    def pending(self) -> int:
        """How long the line is that has not ended yet."""
        return len(self._rest)

    @property
    def speaks(self) -> bool:
        """Whether the answer's form is one whose ends are known."""
        return self.seen.wire != ""

    def _line(self, line: bytes) -> None:
        if self.form is Form.LINES:
            if line:
                self._object(line)
        elif line.startswith(b"data:"):
            self._data.append(line[5:].lstrip())
        elif not line and self._data:
            whole, self._data = b"\n".join(self._data), []
            self._object(whole)

    def _object(self, data: bytes) -> None:
        if data.strip() == b"[DONE]":
            self.seen.done = True
            return
        try:
            found: Any = json.loads(data)
        except ValueError:
            if data.strip():
                self.malformed = self.malformed or data[:200].decode(errors="replace")
            return
        for one in found if isinstance(found, list) else [found]:
            if isinstance(one, dict):
                wires.look(one, self.seen)


def _form(status: int, headers: Mapping[str, str]) -> Form:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if status >= 300:
        return Form.WHOLE
    if kind == "text/event-stream":
        return Form.EVENTS
    if kind in {"application/x-ndjson", "application/ndjson", "application/jsonl"}:
        return Form.LINES
    if kind in {"", "application/json", "text/html", "text/plain"} or kind.endswith("+json"):
        return Form.WHOLE
    return Form.OPAQUE


# The call that the current task makes; the transport notes there what it sees.
current: ContextVar[Sight | None] = ContextVar("litellm_sight", default=None)
