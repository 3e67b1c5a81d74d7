"""The client against a server that misbehaves, over the same kind of socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from autodev.sandbox.types import SandboxResult
from providers.kinds.opencode import http
from providers.kinds.opencode.http import Server, ServerFailed


class Running:
    """A program whose port is a socket of the test."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.alive = True
        self.stdout = "opencode server listening on http://127.0.0.1:4096\n"

    def connect(self, timeout_s: float = 5.0) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(str(self.path))
        return connection

    async def ready(self, timeout_s: float) -> bool:
        return True

    def output(self) -> tuple[str, str]:
        return self.stdout, ""

    async def stop(self) -> SandboxResult:
        return SandboxResult(status="killed")


@pytest.fixture
async def answering(tmp_path: Path) -> AsyncIterator[Callable[[bytes], Server]]:
    """A client of a server that gives this answer to everybody."""
    async with contextlib.AsyncExitStack() as stack:

        async def put(given: bytes) -> Server:
            async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(given)
                await writer.drain()
                writer.close()

            await stack.enter_async_context(await asyncio.start_unix_server(answer, str(tmp_path / "s")))
            return await stack.enter_async_context(Server(Running(tmp_path / "s"), password="p"))

        yield put  # type: ignore[misc] # it is awaited


def whole(status: str, body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


CONFIG = b'{"name":"ConfigInvalidError","data":{"path":"x","message":"Unexpected key"}}'


@pytest.mark.parametrize(
    ("answer", "said", "name", "status"),
    [
        (whole("400 Bad Request", CONFIG), "Unexpected key", "ConfigInvalidError", 400),
        (whole("500 Oops", b"<html>", "text/html"), "HTTP 500: <html>", "", 500),
        (whole("404 Not Found", b'{"_tag":"NotFound","message":"no route"}'), "no route", "NotFound", 404),
        (b"", "RemoteProtocolError", "", None),
        (b"nonsense\r\n\r\n", "RemoteProtocolError", "", None),
    ],
)
async def test_refusals_and_breaks_are_one_error(
    answering: Callable[[bytes], object], answer: bytes, said: str, name: str, status: int | None
) -> None:
    server: Server = await answering(answer)  # type: ignore[misc]
    with pytest.raises(ServerFailed, match=said) as failed:
        await server.create_session("x")
    assert (failed.value.name, failed.value.status) == (name, status)
    with pytest.raises(ServerFailed):
        _ = [event async for event in server.events()]


async def test_a_session_that_is_not_known_has_not_begun(answering: Callable[[bytes], object]) -> None:
    server: Server = await answering(whole("404 Not Found", b"{}"))  # type: ignore[misc]
    assert not await server.has_begun("ses_1")


async def test_a_server_that_breaks_is_not_taken_for_one_that_does_not_know(
    answering: Callable[[bytes], object],
) -> None:
    server: Server = await answering(whole("500 Oops", b"{}"))  # type: ignore[misc]
    with pytest.raises(ServerFailed):
        await server.has_begun("ses_1")


@pytest.mark.parametrize("line", [b"data: {broken\n\n", b"data: 7\n\n"])
async def test_an_event_that_is_none_breaks_the_stream(answering: Callable[[bytes], object], line: bytes) -> None:
    server: Server = await answering(whole("200 OK", line, "text/event-stream"))  # type: ignore[misc]
    with pytest.raises(ServerFailed, match="an event is no"):
        _ = [event async for event in server.events()]


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"content-type: text/event-stream\r\n\r\n", "more than 1000 bytes"),
        (b"content-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n", "packed"),
    ],
)
async def test_whoever_took_its_port_cannot_fill_the_workers_memory(
    answering: Callable[[bytes], object], monkeypatch: pytest.MonkeyPatch, head: bytes, said: str
) -> None:
    monkeypatch.setattr(http, "BODY_LIMIT", 1000)
    monkeypatch.setattr(http, "LINE_LIMIT", 1000)
    server: Server = await answering(b"HTTP/1.1 200 OK\r\n" + head + b"data: " + b"x" * 5000)  # type: ignore[misc]
    with pytest.raises(ServerFailed, match=said):
        _ = [event async for event in server.events()]
    with pytest.raises(ServerFailed, match=said):
        await server.version()


@pytest.mark.parametrize("body", [b"{broken", b"[" * 100_000])
async def test_an_answer_that_is_no_json(answering: Callable[[bytes], object], body: bytes) -> None:
    server: Server = await answering(whole("200 OK", body))  # type: ignore[misc]
    with pytest.raises(ServerFailed, match="is no JSON"):
        await server.version()


async def test_events_that_come_in_pieces_and_with_either_end_of_line(answering: Callable[[bytes], object]) -> None:
    body = b'data: {"a":"' + "ü".encode() * 40_000 + b'"}\r\n\r\n: a remark\ndata: {"b":2}\n\n'
    server: Server = await answering(whole("200 OK", body, "text/event-stream"))  # type: ignore[misc]
    events = server.events()
    found = [await anext(events), await anext(events)]
    with pytest.raises(ServerFailed, match="ended"):
        await anext(events)
    assert found == [{"a": "ü" * 40_000}, {"b": 2}]


async def test_servers_that_did_not_start_are_told_with_the_reason(answering: Callable[[bytes], object]) -> None:
    body = b'{"a":{"status":"connected"},"b":{"status":"failed","error":"gone"},"c":{"status":"needs_auth"}}'
    server: Server = await answering(whole("200 OK", body))  # type: ignore[misc]
    assert await server.mcp() == {"b": "gone", "c": "needs_auth"}


async def test_no_answer_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_TIMEOUT_S", 0.1)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "s"))
        silent.listen()
        async with Server(Running(tmp_path / "s"), password="p") as server:
            with pytest.raises(ServerFailed, match="ReadTimeout"):
                await server.version()


async def test_nobody_at_the_socket(tmp_path: Path) -> None:
    async with Server(Running(tmp_path / "none"), password="p") as server:
        with pytest.raises(ServerFailed, match="ConnectError"):
            await server.abort("ses_1")


async def test_it_is_waited_for_until_it_takes_requests(tmp_path: Path) -> None:
    running = Running(tmp_path / "s")
    async with Server(running, password="p") as server:
        await server.listening(1)
        running.stdout = ""
        with pytest.raises(ServerFailed, match=r"within 0\.1 s"):
            await server.listening(0.1)
        running.alive = False
        with pytest.raises(ServerFailed, match="ended at its start"):
            await server.listening(1)
