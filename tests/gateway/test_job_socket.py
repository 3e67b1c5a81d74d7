"""The gateway on the socket of a job: what works in its sandbox cannot make the worker hold any number of bodies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from providers.gateway import serving
from providers.gateway.serving import gateway_of_job

HEALTH = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


async def _asked(path: Path) -> tuple[int, asyncio.StreamWriter]:
    """(the status, the connection, which is still open)."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(HEALTH)
    line = await reader.readline()
    return int(line.split()[1]), writer


async def test_connections_at_once_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "JOB_CONNECTIONS", 3)
    async with gateway_of_job(tmp_path / "s") as path:
        answers = [await _asked(path) for _ in range(3)]
        assert [status for status, _ in answers] == [200, 200, 503]
        for _, writer in answers:
            writer.close()
            await writer.wait_closed()
