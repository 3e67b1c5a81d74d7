"""Answers requests from a cassette."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from tests.cassettes.fingerprint import difference, fingerprint, fingerprint_of, outline, plain
from tests.cassettes.format import Exchange, read_cassette
from tests.providers_lab.http import ClientGone, Connection, Request

PROBE, PROBE_CHARS = "Say ok.", 1000
UNKNOWN_STATUS = 400


class UnknownRequest(Exception):
    """The cassette holds no answer; the text says what comes nearest and where it differs."""


class Player:
    """A request that was recorded several times is answered in that order, the last one again and again. `time_scale`:
    1 waits as long as the upstream took, 0 not at all. `by_course`: where no request is the same, one whose
    conversation took the same course is, whatever its tools answered (`fingerprint.outline`). `unknown` are the
    requests that had no answer, in words; `played` is how many had one, `by_course_played` those of another wording."""

    def __init__(self, exchanges: Sequence[Exchange], *, time_scale: float = 0.0, by_course: bool = False) -> None:
        self.exchanges = list(exchanges)
        self.time_scale = time_scale
        self.by_course = by_course
        self.unknown: list[str] = []
        self.played = self.by_course_played = 0
        self._exact: dict[str, list[Exchange]] = defaultdict(list)
        self._course: dict[str, list[Exchange]] = defaultdict(list)
        for one in self.exchanges:
            self._exact[fingerprint_of(one)].append(one)
            self._course[outline(one.method, one.path, one.body)].append(one)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    @classmethod
    def of(cls, file: Path, *, time_scale: float = 0.0, by_course: bool = False) -> Self:
        """Raises NotACassette, OSError."""
        return cls(read_cassette(file), time_scale=time_scale, by_course=by_course)

    def find(self, method: str, path: str, body: Any) -> Exchange:
        """Raises UnknownRequest."""
        with self._lock:
            key = fingerprint(method, path, body)
            found = self._exact.get(key)
            if found is None and self.by_course:
                key = outline(method, path, body)
                found = self._course.get(key)
                self.by_course_played += found is not None
            if found is None:
                told = self._told(method, path, body)
                if not _is_probe(body):
                    self.unknown.append(told)
                raise UnknownRequest(told)
            self.played += 1
            self._taken[key] += 1
            return found[min(self._taken[key], len(found)) - 1]

    async def handle(self, request: Request, connection: Connection) -> None:
        """Serves one request of the loopback server."""
        try:
            exchange = self.find(request.method, request.path, body_of(request.body))
        except UnknownRequest as error:
            told = {"message": str(error), "type": "unknown_request", "code": "cassette_unknown_request"}
            connection.whole(UNKNOWN_STATUS, json.dumps({"type": "error", "error": told}).encode())
            return
        await self._play(exchange, connection)

    async def _play(self, one: Exchange, connection: Connection) -> None:
        headers = {name: value for name, value in one.headers.items() if name != "content-type"}
        kind = one.headers.get("content-type", "application/json")
        await self._wait(one.after_s)
        if one.events is None:
            raw = one.answer.encode() if isinstance(one.answer, str) else json.dumps(one.answer).encode()
            connection.whole(one.status, b"" if one.answer is None else raw, headers=headers, kind=kind)
            return
        connection.transport.write(connection.head(one.status, kind, headers, "transfer-encoding: chunked"))
        before = one.after_s
        try:
            for at_s, event in one.events:
                await self._wait(at_s - before)
                before = at_s
                connection.chunk(event.encode())
        except ClientGone:
            return
        if one.cut:
            connection.close()
        else:
            connection.end_stream()

    async def _wait(self, seconds: float) -> None:
        if self.time_scale and seconds > 0:
            await asyncio.sleep(seconds * self.time_scale)

    def _told(self, method: str, path: str, body: Any) -> str:
        what = f"the cassette has no answer to {method} {path.partition('?')[0]}{_size(body)}"
        asked = plain(body)
        near = [(_alike(asked, plain(one.body)), -at, one) for at, one in enumerate(self.exchanges, start=1)]
        if not near:
            return f"{what}: it is empty"
        _, at, one = max(near, key=lambda each: each[:2])
        told = difference(plain(one.body), asked) or f"the path: recorded {one.path}"
        return f"{what}; nearest is exchange {-at}, which differs at {told}"


def body_of(raw: bytes) -> Any:
    """JSON where it is some, text where not, None where there is nothing."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _size(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    messages = body.get("messages")
    count = f", {len(messages)} messages" if isinstance(messages, list) else ""
    return f" (model {body.get('model', 'none')}{count})"


def _alike(asked: Any, recorded: Any) -> int:
    """How many messages are the same from the beginning on; a different model, or no messages, count less."""
    if not isinstance(asked, dict) or not isinstance(recorded, dict):
        return -1
    same = 0
    for one, other in zip(asked.get("messages") or [], recorded.get("messages") or [], strict=False):
        if one != other:
            break
        same += 1
    return 2 * same + (asked.get("model") == recorded.get("model"))


def _is_probe(body: Any) -> bool:
    """Whether AutoDev asks only if the provider is there, which it does when it likes: a refusal is a sign of life."""
    text = json.dumps(body)
    return len(text) < PROBE_CHARS and f'"{PROBE}"' in text
