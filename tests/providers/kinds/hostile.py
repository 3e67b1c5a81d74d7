"""A server of one's own making: what it answers is written byte by byte."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable

from providers.targets import Deadlines, Target

Writer = asyncio.StreamWriter


class Hostile:
    """Answers each request with what `answers` writes; `asked` are the request lines with their headers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answers: Callable[[Writer], Awaitable[None]] = self.nothing
        self.port = 0

    async def nothing(self, writer: Writer) -> None:
        writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            length = next((line for line in head.lower().split("\r\n") if line.startswith("content-length:")), ":0")
            await reader.readexactly(int(length.partition(":")[2]))
            await self.answers(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    def target(self) -> Target:
        return Target(
            id=uuid.uuid4(), workspace_id=uuid.uuid4(), name="hostile", kind="litellm", model="openai/m",
            api_base=f"http://127.0.0.1:{self.port}/v1", deadlines=Deadlines(total_s=30, connect_s=2),
        )  # fmt: skip


def head(*, kind: str = "application/json", status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()
