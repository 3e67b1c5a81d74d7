"""A proxy on the loopback that stands in for an upstream, puts the real key in, and keeps what passed."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import httpx

from tests.cassettes.cleaning import cleaned
from tests.cassettes.format import Exchange, write_cassette
from tests.cassettes.player import body_of
from tests.cassettes.secrets import Scrubber
from tests.cassettes.streams import Cutter, is_stream
from tests.providers_lab.http import ClientGone, Connection, Request

KEPT_HEADERS = {"content-type", "retry-after", "retry-after-ms"}
_KEY_HEADERS = {"authorization", "x-api-key", "api-key", "x-goog-api-key"}
_HOP = {
    "connection",
    "host",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "expect",
    "cookie",
    "keep-alive",
}
_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)S?$")
CONNECT_S, SILENT_S, FINISH_S = 30.0, 600.0, 10.0
# A client's own key is taken for one from so many characters on; "none" and "EMPTY" are words.
OWN_KEY = 8
_KEY_PARAMETER = re.compile(r"(?<=[?&]key=)[^&]+")


class Recorder:
    """`upstream` is the whole address that the proxy's root stands for (https://api.openai.com/v1). `key` goes with
    every request in place of what the client sent, and into no file. `failed` are requests that got no answer from the
    upstream, in words: the client got a 502, and the cassette has nothing of them."""

    def __init__(self, upstream: str, file: Path, *, key: str = "", secrets: Iterable[str] = ()) -> None:
        self.upstream = upstream.rstrip("/")
        self.file = file
        self.failed: list[str] = []
        self._key = key
        self._told = {one for one in (key, *secrets) if one}
        self._taken: list[tuple[int, Exchange]] = []
        self._count = 0
        self._running: set[asyncio.Task[None]] = set()
        timeout = httpx.Timeout(SILENT_S, connect=CONNECT_S)
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=True)

    @property
    def exchanges(self) -> list[Exchange]:
        """In the order in which they were asked for. As they came: with secrets."""
        return [one for _, one in sorted(self._taken, key=lambda each: each[0])]

    async def handle(self, request: Request, connection: Connection) -> None:
        """Serves one request. A client that goes away ends nothing: what it asked for is kept to its end."""
        self._count += 1
        task = asyncio.get_running_loop().create_task(self._pass(self._count, request, connection))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

    async def close(self) -> None:
        """Waits for what is under way, and writes the file. Raises StillSecret, OSError."""
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=FINISH_S)
            for task in late:
                task.cancel()
                self.failed.append("an answer that had no end was left out")
        await self._client.aclose()
        write_cassette(self.file, cleaned(self.exchanges, Scrubber(self._told)))

    async def _pass(self, number: int, request: Request, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        own = {_bare(value) for name, value in request.headers.items() if name in _KEY_HEADERS}
        self._told |= {one for one in own if len(one) >= OWN_KEY}
        wanted = self._client.build_request(
            request.method, self._url(request.path), content=request.body or None, headers=self._headers(request)
        )
        path = request.path.partition("?")[0]
        exchange = Exchange(method=request.method, path=path, body=body_of(request.body))
        try:
            answer = await self._client.send(wanted, stream=True)
        except httpx.HTTPError as error:
            self._broken(request, connection, error)
            return
        kind = answer.headers.get("content-type", "")
        exchange = dataclasses.replace(
            exchange,
            status=answer.status_code,
            headers={name: value for name, value in answer.headers.items() if name in KEPT_HEADERS},
            after_s=round(loop.time() - began, 4),
        )
        try:
            if is_stream(kind):
                exchange = await self._stream(exchange, answer, connection, began)
            else:
                raw = await answer.aread()
                exchange = dataclasses.replace(exchange, answer=body_of(raw))
                if not connection.transport.is_closing():
                    connection.whole(answer.status_code, raw, headers=_passed(exchange), kind=kind)
        except httpx.HTTPError as error:
            self._broken(request, connection, error)
            return
        finally:
            await answer.aclose()
        self._taken.append((number, exchange))

    async def _stream(
        self, exchange: Exchange, answer: httpx.Response, connection: Connection, began: float
    ) -> Exchange:
        kind = answer.headers["content-type"]
        cutter, loop, cut = Cutter(kind), asyncio.get_running_loop(), False
        connection.transport.write(
            connection.head(answer.status_code, kind, _passed(exchange), "transfer-encoding: chunked")
        )
        try:
            async for data in answer.aiter_bytes():
                cutter.feed(data, loop.time() - began)
                try:
                    connection.chunk(data)
                except ClientGone:
                    continue  # the answer is kept all the same
        except httpx.HTTPError:
            cut = True
        events = cutter.close(loop.time() - began)
        if cut:
            connection.close()
        elif not connection.transport.is_closing():
            connection.end_stream()
        return dataclasses.replace(exchange, events=events, cut=cut)

    def _url(self, path: str) -> str:
        if found := _KEY_PARAMETER.search(path):
            self._told.add(found[0])
            path = _KEY_PARAMETER.sub(quote(self._key, safe="") or found[0], path)
        return self.upstream + path

    def _headers(self, request: Request) -> dict[str, str]:
        """The client's own, with the real key in place of its key."""
        passed = {name: value for name, value in request.headers.items() if name not in _HOP}
        passed["accept-encoding"] = "identity"
        if not self._key:
            return passed
        used = [name for name in passed if name in _KEY_HEADERS]
        for name in used:
            del passed[name]
        for name in used or [_header_of(request.path)]:
            passed[name] = f"Bearer {self._key}" if name == "authorization" else self._key
        return passed

    def _broken(self, request: Request, connection: Connection, error: Exception) -> None:
        told = f"{request.method} {request.path.partition('?')[0]}: no answer from the upstream: {type(error).__name__}"
        self.failed.append(told)
        if not connection.transport.is_closing():
            body = {"type": "error", "error": {"message": told, "type": "cassette_upstream", "code": None}}
            connection.whole(502, json.dumps(body).encode())


def secrets_of_environment(environment: Mapping[str, str]) -> set[str]:
    """Values of variables whose names tell that they are secret."""
    return {value for name, value in environment.items() if _SECRET_NAME.search(name) and len(value) >= OWN_KEY}


def environment_for(command: Mapping[str, str], address: str) -> dict[str, str]:
    """The environment of a recorded command: the addresses of OpenAI's and Anthropic's clients lead to the recorder,
    and the keys that are the recorder's are not in it."""
    kept = {name: value for name, value in command.items() if not name.endswith("_API_KEY")}
    stand_in = "the-recorder-puts-it-in"
    return {
        **kept,
        "OPENAI_BASE_URL": address,
        "OPENAI_API_BASE": address,
        "OPENAI_API_KEY": stand_in,
        "ANTHROPIC_BASE_URL": address,
        "ANTHROPIC_API_KEY": stand_in,
    }


def key_in(file: Path | None) -> str:
    """The first line. Raises OSError, ValueError where it is empty."""
    if file is None:
        return ""
    key = file.read_text(encoding="utf-8").strip().splitlines()[:1]
    if not key:
        raise ValueError(f"{file} is empty")
    return key[0].strip()


def _bare(value: str) -> str:
    return value.removeprefix("Bearer ").strip()


def _header_of(path: str) -> str:
    return "x-api-key" if path.partition("?")[0].endswith(("/messages", "/count_tokens")) else "authorization"


def _passed(exchange: Exchange) -> dict[str, str]:
    return {name: value for name, value in exchange.headers.items() if name != "content-type"}
