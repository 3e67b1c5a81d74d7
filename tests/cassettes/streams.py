"""Streams: cut into events, and cleaned of secrets that come in pieces."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from tests.cassettes.secrets import Scrubber, found_in
from tests.cassettes.trees import Path, mapped, texts

_ENDS = {"text/event-stream": re.compile(rb"\r?\n\r?\n"), "application/x-ndjson": re.compile(rb"\n")}
# Where words come piece by piece; the rest of an event says the same in each (ids, kinds, names).
_PIECES = {
    "content",
    "text",
    "arguments",
    "partial_json",
    "delta",
    "thinking",
    "reasoning",
    "reasoning_content",
    "refusal",
}
Timed = tuple[float, str]


def is_stream(content_type: str) -> bool:
    return _kind(content_type) in _ENDS


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


@dataclass
class Cutter:
    """Bytes as they come → events with the time at which their end came."""

    content_type: str
    events: list[Timed] = field(default_factory=list)
    _left: bytes = b""

    def feed(self, data: bytes, at_s: float) -> None:
        self._left += data
        while end := _ENDS[_kind(self.content_type)].search(self._left):
            self._add(self._left[: end.end()], at_s)
            self._left = self._left[end.end() :]

    def close(self, at_s: float) -> tuple[Timed, ...]:
        if self._left:
            self._add(self._left, at_s)
            self._left = b""
        return tuple(self.events)

    def _add(self, data: bytes, at_s: float) -> None:
        self.events.append((round(at_s, 4), data.decode(errors="replace")))


def secrets_of(events: tuple[Timed, ...]) -> set[str]:
    """Those that stand in one event, and those that only stand in what the events say together."""
    found: set[str] = set()
    for _, event in events:
        found |= found_in(event)
        for _, value in _lines(event):
            found |= found_in(value)
    for words in _together(events).values():
        found |= found_in("".join(one.text for one in words))
    return found


def clean_events(events: tuple[Timed, ...], scrubber: Scrubber) -> tuple[Timed, ...]:
    """A stand-in comes with the first piece of its secret; later pieces lose their part."""
    changes: dict[tuple[int, int], dict[Path, str]] = defaultdict(dict)
    for words in _together(events).values():
        for one, new in zip(words, _pieces([one.text for one in words], scrubber), strict=True):
            if new != one.text:
                changes[one.event, one.line][one.path] = new
    cleaned = []
    for number, (at_s, event) in enumerate(events):
        lines = event.split("\n")
        for line, value in _lines(event):
            changed = mapped(_set(value, changes.get((number, line), {})), scrubber.clean)
            if changed != value:
                lines[line] = _written(lines[line], changed)
        cleaned.append((at_s, scrubber.clean("\n".join(lines))))
    return tuple(cleaned)


def _lines(event: str) -> list[tuple[int, Any]]:
    """(line, JSON) of the event's data."""
    found = []
    for number, line in enumerate(event.split("\n")):
        data = line.removeprefix("data:").strip()
        if data[:1] in {"{", "["}:
            try:
                found.append((number, json.loads(data)))
            except ValueError:
                continue  # a broken event stays as it came; it is cleaned as text
    return found


@dataclass(frozen=True)
class _Piece:
    event: int
    line: int
    path: Path
    text: str


def _together(events: tuple[Timed, ...]) -> dict[tuple[Path, Path], list[_Piece]]:
    """The pieces of each text, in their order. What a field `index` tells apart (calls of tools side by side) are
    texts of their own."""
    found: dict[tuple[Path, Path], list[_Piece]] = defaultdict(list)
    for number, (_, event) in enumerate(events):
        for line, value in _lines(event):
            for path, text in texts(value):
                if path and path[-1] in _PIECES and text != path[-1]:
                    found[path, _indexes(value, path)].append(_Piece(number, line, path, text))
    return found


def _indexes(value: Any, path: Path) -> Path:
    found: list[str | int] = []
    for step in path:
        if isinstance(value, dict) and isinstance(value.get("index"), int):
            found.append(value["index"])
        value = value[step]
    return tuple(found)


def _pieces(pieces: list[str], scrubber: Scrubber) -> list[str]:
    new = list(pieces)
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    for start, end, stand_in in reversed(scrubber.spans("".join(pieces))):
        put = False
        for at, piece in enumerate(pieces):
            left, right = max(start, starts[at]) - starts[at], min(end, starts[at + 1]) - starts[at]
            if left < right <= len(piece):
                new[at] = new[at][:left] + ("" if put else stand_in) + new[at][right:]
                put = True
    return new


def _set(value: Any, changes: dict[Path, str], path: Path = ()) -> Any:
    if not changes:
        return value
    if isinstance(value, str):
        return changes.get(path, value)
    if isinstance(value, dict):
        return {key: _set(inner, changes, (*path, str(key))) for key, inner in value.items()}
    if isinstance(value, list):
        return [_set(inner, changes, (*path, at)) for at, inner in enumerate(value)]
    return value


def _written(line: str, value: Any) -> str:
    ending = "\r" if line.endswith("\r") else ""
    start = "data: " if line.startswith("data:") else ""
    # ASCII: some clients end a line at separators that JSON leaves as they are.
    return f"{start}{json.dumps(value, separators=(',', ':'))}{ending}"
