"""The SDK's transport over the streams of the program in the sandbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from claude_agent_sdk import CLIConnectionError, CLIJSONDecodeError, ProcessError, Transport

from autodev.contracts.program import RunningProgram
from providers.kinds.claude_agent.lines import LINE_LIMIT, TOTAL_LIMIT, message_of

# What the program asks of the SDK, which would answer each at its side: nothing that AutoDev wants is asked for so.
ASKED_LIMIT = 100
ENDS_WITHIN_S = 5.0
_POLL_S = 0.05


class SandboxTransport(Transport):
    """One connection to the program's standard streams. It neither starts nor ends the program."""

    def __init__(self, running: RunningProgram) -> None:
        self._running = running
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._writing = asyncio.Lock()

    async def connect(self) -> None:
        """Raises CLIConnectionError."""
        try:
            connection = await asyncio.to_thread(self._running.connect)
            connection.settimeout(0)
            self._reader, self._writer = await asyncio.open_unix_connection(sock=connection, limit=LINE_LIMIT)
        except OSError as error:
            raise CLIConnectionError(f"The program cannot be reached: {error}") from error

    async def write(self, data: str) -> None:
        """Raises CLIConnectionError."""
        async with self._writing:
            if self._writer is None:
                raise CLIConnectionError("The program's input is closed.")
            try:
                self._writer.write(data.encode())
                await self._writer.drain()
            except OSError as error:
                raise CLIConnectionError(f"The program reads no more: {error}") from error

    def read_messages(self) -> AsyncIterator[dict[str, Any]]:
        """Raises ProcessError where the program ended otherwise than with 0, CLIJSONDecodeError for a broken or far too
        long line."""
        return self._messages()

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        if self._reader is None:
            raise CLIConnectionError("Not connected.")
        asked = read = 0
        while line := await self._line(self._reader):
            read += len(line)
            if read > TOTAL_LIMIT:
                raise CLIConnectionError(f"The program printed more than {TOTAL_LIMIT} bytes.")
            if (message := message_of(line)) is None:
                continue
            asked += message.get("type") == "control_request"
            if asked > ASKED_LIMIT:
                raise CLIConnectionError(f"The program asked for more than {ASKED_LIMIT} things.")
            yield message
        await self._ended()

    async def _line(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readline()
        except ValueError as error:
            raise CLIJSONDecodeError(f"a line of more than {LINE_LIMIT} bytes", error) from error
        except OSError:
            return b""

    async def _ended(self) -> None:
        """Raises ProcessError unless it ended well. A program that closed its output but goes on is ended."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ENDS_WITHIN_S):
                while self._running.alive:  # noqa: ASYNC110 - the end of a process tree, seen by a thread
                    await asyncio.sleep(_POLL_S)
        result = await self._running.stop()
        if result.exit_code != 0:
            code = result.exit_code if result.exit_code is not None else -1
            raise ProcessError(f"The program ended: {result.reason}", exit_code=code, stderr=result.stderr[-2000:])

    async def close(self) -> None:
        async with self._writing:
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.close()

    def is_ready(self) -> bool:
        return self._writer is not None and not self._writer.is_closing()

    async def end_input(self) -> None:
        if self._writer is not None and self._writer.can_write_eof():
            with contextlib.suppress(OSError):
                self._writer.write_eof()
