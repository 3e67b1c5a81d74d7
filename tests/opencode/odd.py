"""Something else in the place of the gateway: it answers what no gateway of ours would."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import cycle
from pathlib import Path

import pytest

SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
HTML = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n<html>Sign in to the network</html>"
EMPTY = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
NO_CHOICES = SSE + b'data: {"id":"x","object":"chat.completion.chunk","choices":[]}\n\ndata: [DONE]\n\n'
ENDS_EARLY = SSE + (
    b'data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Half"}}]}\n\n'
)


class Odd:
    """Answers one after the other, over and over; none is an endless silence."""

    def __init__(self, answers: Sequence[bytes]) -> None:
        self.asked = 0
        self._answers = cycle(answers) if answers else None

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        await reader.readexactly(length)
        self.asked += 1
        if self._answers is None:
            await reader.read()
        else:
            writer.write(next(self._answers))
            with contextlib.suppress(OSError):
                await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def serve(self, path: Path, *, ports: object = None) -> AsyncIterator[Path]:
        async with await asyncio.start_unix_server(self._answer, str(path)):
            yield path


@pytest.fixture
def instead_of_the_gateway(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Odd]:
    def put(*answers: bytes) -> Odd:
        odd = Odd(answers)
        monkeypatch.setattr("providers.kinds.programs.session.gateway_of_job", odd.serve)
        return odd

    return put
