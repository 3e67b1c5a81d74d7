"""The file: JSON lines. The first says the version; each of the others is one exchange."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

VERSION = 1
Json = Any


class NotACassette(Exception):
    """The file cannot be read; the text says where and why."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its answer. `path` is behind the upstream's address, without a query. `body` is JSON, or text
    where it is none; None where there was none. A stream has `events` instead of `answer`: (seconds since the request,
    the event as it came). `cut`: the connection broke before the answer was at its end."""

    method: str
    path: str
    body: Json = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    answer: Json = None
    events: tuple[tuple[float, str], ...] | None = None
    cut: bool = False

    def as_json(self) -> dict[str, Json]:
        response: dict[str, Json] = {"status": self.status, "headers": dict(self.headers), "after_s": self.after_s}
        if self.events is None:
            response["body"] = self.answer
        else:
            response["events"] = [list(event) for event in self.events]
        if self.cut:
            response["cut"] = True
        request = {"method": self.method, "path": self.path, "body": self.body}
        return {"request": request, "response": response}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is no exchange."""
        request, response = data["request"], data["response"]
        events = response.get("events")
        return cls(
            method=request["method"],
            path=request["path"],
            body=request["body"],
            status=int(response["status"]),
            headers=response["headers"],
            after_s=float(response["after_s"]),
            answer=response.get("body"),
            events=None if events is None else tuple((float(at), str(text)) for at, text in events),
            cut=bool(response.get("cut")),
        )


def read_cassette(file: Path) -> list[Exchange]:
    """Raises NotACassette, OSError."""
    lines = file.read_text(encoding="utf-8").splitlines()
    if not lines or _value(file, 1, lines[0]).get("cassette") != VERSION:
        raise NotACassette(f"{file}: the first line must be {{'cassette': {VERSION}}}")
    found = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            found.append(Exchange.from_json(_value(file, number, line)))
        except (KeyError, TypeError, ValueError) as error:
            raise NotACassette(f"{file}:{number}: this is no exchange: {error!r}") from error
    return found


def write_cassette(file: Path, exchanges: Iterable[Exchange]) -> None:
    """In place of what was there, whole or not at all."""
    beside = file.with_name(f"{file.name}.part")
    rows = [{"cassette": VERSION}, *(one.as_json() for one in exchanges)]
    beside.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    beside.replace(file)


def _value(file: Path, number: int, line: str) -> dict[str, Json]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise NotACassette(f"{file}:{number}: this is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotACassette(f"{file}:{number}: this is no object")
    return value
