"""An answer as a stream, broken at the place that the fault names."""

from __future__ import annotations

import asyncio
import dataclasses

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.faults import Fault
from tests.providers_lab.http import Connection
from tests.providers_lab.upstream import Seen, Upstream
from tests.providers_lab.wire.base import Event, Part, Wire

_FOREVER_S = 3600.0
_BROKEN = b'data: {"id": "lab", "choi\n\n'
_CUTS = {"stream_reset", "stream_cut", "stream_error", "stream_hang", "stream_close", "malformed_chunk"}


def adjusted(answer: Answer, broken: Fault | None) -> Answer:
    """The answer as faults that only change words and finish would have it."""
    name = broken.name if broken else ""
    if name == "empty_content":
        return dataclasses.replace(answer, text="", pieces=None, tool_calls=(), reasoning="", finish="stop")
    if name == "wrong_model":
        return dataclasses.replace(answer, model="lab-other-model")
    if name == "no_finish":
        return dataclasses.replace(answer, finish="")
    return answer


async def stream(
    upstream: Upstream,
    wire: Wire,
    asked: Asked,
    answer: Answer,
    broken: Fault | None,
    connection: Connection,
    seen: Seen,
) -> None:
    name = broken.name if broken else ""
    events = wire.empty_events(answer, asked) if name == "empty_choices" else wire.events(answer, asked)
    if name == "no_terminator":
        events = [one for one in events if one.part is not Part.DONE]
    connection.start_stream("application/x-ndjson" if wire.name == "ollama" else "text/event-stream")
    if name == "late" and broken:
        await asyncio.sleep(broken.interval_s)
    if name == "error_event":
        connection.chunk(wire.error_event(asked.model))
        connection.end_stream()
        return
    if name == "malformed":
        connection.chunk(_broken(wire))
    interval_s = broken.interval_s if broken and name == "slow" else upstream.token_interval_s
    if not broken and not interval_s:
        _send(connection, b"".join(one.data for one in events), upstream.split)
        await asyncio.sleep(upstream.ending_s)
        connection.end_stream()
        return
    tokens, cuts = 0, name in _CUTS
    for event in events:
        if cuts and broken and _is_place(event, tokens, broken.after):
            cuts = False
            if await _cut(name, wire, asked, connection, seen):
                return
        if name == "hang_first_token" and event.part is not Part.START:
            await asyncio.sleep(_FOREVER_S)
        await _event(connection, event, interval_s, upstream.split)
        tokens += event.part is Part.TOKEN
    connection.end_stream()


def _broken(wire: Wire) -> bytes:
    return _BROKEN.removeprefix(b"data: ") if wire.name == "ollama" else _BROKEN


def _is_place(event: Event, tokens: int, after: int) -> bool:
    """After so many tokens, at the latest before the answer is finished."""
    return event.part is not Part.START and (tokens >= after or event.part is not Part.TOKEN)


async def _event(connection: Connection, event: Event, interval_s: float, split: int) -> None:
    if interval_s and event.part is Part.TOKEN:
        await asyncio.sleep(interval_s)
    _send(connection, event.data, split)


def _send(connection: Connection, data: bytes, split: int) -> None:
    """`split` > 0: in chunks of so many bytes, so that events and characters fall apart."""
    for start in range(0, len(data), split or max(len(data), 1)):
        connection.chunk(data[start : start + split] if split else data)


async def _cut(name: str, wire: Wire, asked: Asked, connection: Connection, seen: Seen) -> bool:
    """Whether the stream is over."""
    if name == "malformed_chunk":
        connection.chunk(_broken(wire))
        return False
    if name == "stream_hang":
        await asyncio.sleep(_FOREVER_S)
    seen.ended = "cut"
    if name == "stream_error":
        connection.chunk(wire.error_event(asked.model))
        connection.end_stream()
    elif name == "stream_close":
        connection.end_stream()
    else:
        # What was written must be with the other side before the connection breaks.
        await asyncio.sleep(0.01)
        if name == "stream_reset":
            connection.reset()
        else:
            connection.close()
    return True
