"""HTTP/1.1 on one connection, thin enough to break at every place on command."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httptools

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests", 500: "Error"}


@dataclass(slots=True)
class Request:
    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.body)) if self.body else {}


class ClientGone(Exception):
    """The other side closed the connection while it was answered."""


class Connection(asyncio.Protocol):
    """Reads requests and hands each to `handle`, one after the other."""

    def __init__(self, handle: Callable[[Request, Connection], Awaitable[None]], alive: set[Connection]) -> None:
        self._handle = handle
        self._alive = alive
        self._parser = httptools.HttpRequestParser(self)
        self._request = Request()
        self._body: list[bytes] = []
        self._task: asyncio.Task[None] | None = None
        self.before_end: Callable[[], None] = lambda: None
        self.transport: asyncio.Transport

    # asyncio's calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._alive.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._alive.discard(self)
        if self._task and not self._task.done():
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.abort()

    # httptools' calls
    def on_url(self, url: bytes) -> None:
        self._request.path += url.decode()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._request.headers[name.decode().lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self._request.headers.get("expect"):
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        request, self._request = self._request, Request()
        request.method = self._parser.get_method().decode()
        request.body, self._body = b"".join(self._body), []
        self._task = asyncio.get_running_loop().create_task(self._answer(request))

    async def _answer(self, request: Request) -> None:
        await self._handle(request, self)

    # what a handler says
    def whole(self, status: int, body: bytes, *, headers: Mapping[str, str] | None = None, kind: str = "") -> None:
        self.before_end()
        head = self.head(status, kind or "application/json", headers, f"content-length: {len(body)}")
        self.transport.write(head + body)

    def head(self, status: int, kind: str, headers: Mapping[str, str] | None, length: str) -> bytes:
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        return (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Lab')}\r\ncontent-type: {kind}\r\n{length}\r\n{more}\r\n".encode()
        )

    def start_stream(self, kind: str = "text/event-stream") -> None:
        self.transport.write(self.head(200, kind, None, "transfer-encoding: chunked"))

    def chunk(self, data: bytes) -> None:
        if self.transport.is_closing():
            raise ClientGone
        self.transport.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end_stream(self) -> None:
        self.before_end()
        self.transport.write(b"0\r\n\r\n")

    def close(self) -> None:
        self.transport.close()

    def reset(self) -> None:
        """The other side sees ECONNRESET, not an end."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
