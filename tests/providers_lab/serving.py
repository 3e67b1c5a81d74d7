"""How an upstream answers one request: its fault, else its script."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.faults import Fault, fault, retry_headers, retry_text
from tests.providers_lab.http import ClientGone, Connection, Request
from tests.providers_lab.listing import listing
from tests.providers_lab.streaming import adjusted, stream
from tests.providers_lab.upstream import Seen, Upstream
from tests.providers_lab.wire import complaining_wire, wire_of
from tests.providers_lab.wire.base import Wire

_FOREVER_S = 3600.0
_PORTAL = b"<html><head><title>Welcome</title></head><body><h1>Sign in to use this network</h1></body></html>"
_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>"


async def serve(upstream: Upstream, request: Request, connection: Connection) -> None:
    seen = upstream.note(request.method, request.path, request.headers, request.body)

    def done() -> None:
        if seen.ended == "open":
            seen.ended = "done"

    # Before the last byte, for who reads the log as soon as the answer is there.
    connection.before_end = done
    try:
        await _serve(upstream, request, connection, seen)
    except (asyncio.CancelledError, ClientGone):
        seen.ended = "client_gone"
    except Exception as error:  # noqa: BLE001 - an answer function that breaks must not look like a silent provider
        seen.status, seen.ended = 400, "done"
        said = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        connection.whole(400, json.dumps({"error": {"message": said, "type": "lab", "code": None}}).encode())


async def _serve(upstream: Upstream, request: Request, connection: Connection, seen: Seen) -> None:
    wire = complaining_wire(request)
    asked = wire.asked(request)
    seen.model, seen.key, seen.stream = asked.model, asked.key, asked.stream
    answers = wire_of(request) is not None
    seen.wire = wire.name if answers else ""
    if upstream.latency_s:
        await asyncio.sleep(upstream.latency_s)
    broken = _broken(upstream, request, asked)
    if broken is None and upstream.valid_keys is not None and asked.key not in upstream.valid_keys:
        broken = Fault(name="authentication")
    if broken is None and (player := upstream.plays):
        await player.handle(request, connection)
        return
    step: Answer | None = None
    if answers and not (broken and (broken.status or broken.name == "hang")):
        found = upstream.next_step(asked)
        if isinstance(found, Fault):
            broken, step = broken or found, upstream.standing_answer(asked)
        else:
            step = found
    seen.fault = broken.name if broken else ""
    if broken and await _fails_early(broken, wire, asked.model, connection, seen):
        return
    if step is None:
        seen.status, listed = listing(upstream, request)
        connection.whole(seen.status, json.dumps(listed).encode())
    elif asked.stream:
        await stream(upstream, wire, asked, adjusted(step, broken), broken, connection, seen)
    else:
        step = adjusted(step, broken)
        await _whole(wire.body(step, asked), wire, asked, broken, connection, seen, wire.empty(step, asked))


def _broken(upstream: Upstream, request: Request, asked: Asked) -> Fault | None:
    if words := request.headers.get("x-lab-fault"):
        return fault(words)
    return upstream.next_fault(asked.key, asked.model)


async def _fails_early(broken: Fault, wire: Wire, model: str, connection: Connection, seen: Seen) -> bool:
    """What breaks before an answer; the same for streams, whole answers and lists of models."""
    if broken.status is not None:
        seen.status = broken.status
        body = wire.error(broken.name, broken.status, broken.text, model)
        if hint := retry_text(broken):
            _hint(body, hint)
        connection.whole(broken.status, json.dumps(body).encode(), headers=retry_headers(broken))
    elif broken.name == "hang":
        await asyncio.sleep(_FOREVER_S)
    elif broken.name == "reset":
        seen.ended = "cut"
        connection.reset()
    elif broken.name == "disconnect":
        seen.ended = "cut"
        connection.close()
    elif broken.name == "html":
        connection.whole(200, _PORTAL, kind="text/html")
    elif broken.name == "html_error":
        seen.status = 502
        connection.whole(502, _GATEWAY, kind="text/html")
    elif broken.name == "empty_body":
        connection.whole(200, b"")
    else:
        return False
    return True


def _hint(body: dict[str, Any], hint: str) -> None:
    if isinstance(body["error"], str):
        body["error"] += hint
    else:
        body["error"]["message"] += hint


async def _whole(
    body: dict[str, object],
    wire: Wire,
    asked: Asked,
    broken: Fault | None,
    connection: Connection,
    seen: Seen,
    empty: dict[str, object],
) -> None:
    name = broken.name if broken else ""
    if name == "empty_choices":
        body = empty
    elif name in {"error_event", "stream_error"}:
        body = wire.error("internal", 500, "", asked.model)
    raw = json.dumps(body, separators=(",", ":")).encode()
    half = raw[: len(raw) // 2]
    if name in {"malformed", "malformed_chunk"}:
        connection.whole(200, half)
        return
    if name in {"stream_reset", "stream_cut", "stream_close", "stream_hang", "hang_first_token"}:
        connection.transport.write(connection.head(200, "application/json", None, f"content-length: {len(raw)}"))
        if name != "hang_first_token":
            connection.transport.write(half)
        if name in {"stream_hang", "hang_first_token"}:
            await asyncio.sleep(_FOREVER_S)
        seen.ended = "cut"
        await asyncio.sleep(0.01)
        if name == "stream_reset":
            connection.reset()
        else:
            connection.close()
        return
    if name in {"slow", "late"} and broken:
        await asyncio.sleep(broken.interval_s * (5 if name == "slow" else 1))
    connection.whole(200, raw)
