"""An endpoint that means ill: it leads elsewhere, never ends, or unpacks into more than it sends."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
import socket
import time
import zlib

import pytest

from providers.failures.kinds import FailureKind
from providers.kinds.litellm import guard
from tests.providers.kinds.calls import SECRET, Caller
from tests.providers.kinds.hostile import Hostile, Writer, head

pytestmark = pytest.mark.feature("F2.1")

WHOLE = {
    "id": "x", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "unpacked"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}  # fmt: skip


@pytest.mark.parametrize("status", ["302 Found", "307 Temporary Redirect"])
async def test_nobody_is_led_to_another_host(asker: Caller, hostile: Hostile, status: str) -> None:
    async def lead(writer: Writer) -> None:
        writer.write(head(status=status, Location=f"http://localhost:{hostile.port}/latest/meta-data/"))

    hostile.answers = lead
    signal = await asker.failure()
    assert len(hostile.asked) == 1
    assert signal.http_status == int(status[:3])
    assert SECRET not in signal.text


async def test_a_redirect_within_the_host_is_followed(asker: Caller, hostile: Hostile) -> None:
    async def lead(writer: Writer) -> None:
        writer.write(head(status="308 Permanent Redirect", Location="/elsewhere", Content_Length="0"))

    hostile.answers = lead
    await asker.failure()
    assert "/elsewhere" in hostile.asked[1].partition("\r\n")[0]


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "2852039166"])
async def test_a_metadata_service_is_never_asked(asker: Caller, host: str) -> None:
    asker.target = dataclasses.replace(asker.target, api_base=f"http://{host}/v1")
    begun = time.monotonic()
    signal = await asker.failure()
    assert "metadata" in signal.text
    assert time.monotonic() - begun < 1.5


async def test_a_name_that_leads_to_a_metadata_service_is_not_followed(
    asker: Caller, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that leads elsewhere at each look: what was looked at is what is connected to."""
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", hostile.port))

    async def leads(*_: object, **__: object) -> list[object]:
        return [address]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", leads)
    asker.target = dataclasses.replace(asker.target, api_base="http://models.example.org/v1")
    assert "metadata" in (await asker.failure()).text


async def test_an_answer_without_end_is_left(
    asker: Caller, hostile: Hostile, monkeypatch: pytest.MonkeyPatch, stream: bool
) -> None:
    monkeypatch.setattr("providers.kinds.litellm.transport.MOST_STREAMED", 4 * 2**20)
    monkeypatch.setattr("providers.kinds.litellm.transport.MOST_WHOLE", 4 * 2**20)
    sent = 0

    async def flood(writer: Writer) -> None:
        nonlocal sent
        writer.write(head(kind="text/event-stream" if stream else "application/json"))
        while True:
            sent += 2**16
            writer.write(b"data: " + b"x" * 2**16 if stream else b"[" * 2**16)
            await writer.drain()

    hostile.answers = flood
    signal = await asker.failure()
    assert signal.error_type == FailureKind.MALFORMED_ANSWER
    assert "too large" in signal.text
    assert sent < 32 * 2**20


async def test_a_bomb_is_not_unpacked(asker: Caller, hostile: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.kinds.litellm.transport.MOST_WHOLE", 4 * 2**20)
    bomb = gzip.compress(b" " * 200 * 2**20, 9)
    assert len(bomb) < 2**20

    async def answers(writer: Writer) -> None:
        writer.write(head(Content_Encoding="gzip", Content_Length=str(len(bomb))) + bomb)
        await writer.drain()

    hostile.answers = answers
    assert "too large" in (await asker.failure()).text


@pytest.mark.parametrize("stream", [False], indirect=True)
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_an_answer_that_came_compressed_is_read(asker: Caller, hostile: Hostile, encoding: str) -> None:
    text = json.dumps(WHOLE).encode()
    body = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)

    async def answers(writer: Writer) -> None:
        writer.write(head(Content_Encoding=encoding, Content_Length=str(len(body))) + body)
        await writer.drain()

    hostile.answers = answers
    assert (await asker.call()).text == "unpacked"


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_what_cannot_be_unpacked_is_no_answer(asker: Caller, hostile: Hostile, encoding: str) -> None:
    async def answers(writer: Writer) -> None:
        writer.write(head(Content_Encoding=encoding, Content_Length="4") + b"\x00\x01\x02\x03")
        await writer.drain()

    hostile.answers = answers
    signal = await asker.failure()
    assert signal.error_type == FailureKind.MALFORMED_ANSWER
    assert "compressed" in signal.text


def test_a_large_body_is_opened_in_small_pieces() -> None:
    pieces = list(guard.Decoder().pieces(zlib.compress(b"a" * 5 * 2**20)))
    assert max(map(len, pieces)) <= guard.PIECE
    assert sum(map(len, pieces)) == 5 * 2**20
