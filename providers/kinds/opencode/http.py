"""OpenCode's HTTP API, first version: everything that AutoDev says to a server, and its events.

The API of the next major version is another one; the server's own word for its version is checked before anything else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from autodev.contracts.program import APP, RunningProgram
from providers.kinds.opencode.transport import ProgramTransport

USER = "opencode"
# The first requests make it read its files, which takes seconds on a busy machine.
ANSWER_TIMEOUT_S = 60.0
LISTENING = "server listening on"
POLL_S = 0.05
# Whoever listens inside may be somebody else by now, as anything there can end OpenCode and take its port: no more than
# this is held of one answer, and of one line of events.
LOOKED_BACK = 100  # messages
BODY_LIMIT = 16 * 2**20
LINE_LIMIT = 8 * 2**20
# Of all events of a run; pieces of answers are told one by one, with a frame each.
EVENTS_LIMIT = 2**30
Json = dict[str, Any]


class ServerFailed(Exception):
    """The server answered with an error, or not at all. `name` is OpenCode's word for the error, `status` the HTTP
    status, None where there was no answer."""

    def __init__(self, text: str, *, name: str = "", status: int | None = None) -> None:
        super().__init__(text)
        self.name = name
        self.status = status


class Server:
    """One running `opencode serve`. Every coroutine raises ServerFailed."""

    def __init__(self, program: RunningProgram, *, password: str) -> None:
        self._program = program
        self._client = httpx.AsyncClient(
            transport=ProgramTransport(program), base_url="http://opencode", auth=(USER, password),
            params={"directory": APP}, timeout=ANSWER_TIMEOUT_S, trust_env=False,
            headers={"accept-encoding": "identity"},
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def listening(self, within_s: float) -> None:
        """Waits until it takes requests. Its port is open a while before that, and a request that comes then is never
        answered; the line that it prints is the sign. Raises ServerFailed where it ends or does not come to it."""
        try:
            async with asyncio.timeout(within_s):
                while LISTENING not in self._program.output()[0]:
                    if not self._program.alive:
                        raise ServerFailed("OpenCode ended at its start.")
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise ServerFailed(f"OpenCode took no requests within {within_s:g} s.") from None

    async def version(self) -> str:
        health = await self._ask("GET", "/global/health")
        return str(health.get("version", "")) if isinstance(health, dict) else ""

    async def create_session(self, title: str) -> str:
        """Its id. A title that is given keeps it from asking a model for one."""
        made = await self._ask("POST", "/session", {"title": title})
        return str(made["id"])

    async def has_begun(self, session: str) -> bool:
        """Whether it knows the session, and was told something in it."""
        try:
            messages = await self._ask("GET", f"/session/{session}/message", limit=1)
        except ServerFailed as error:
            if error.status in {400, 404}:
                return False
            raise
        return bool(messages)

    async def said(self, session: str) -> frozenset[str]:
        """The texts that it was told in the session, of its last messages; none where they cannot be had."""
        try:
            messages = await self._ask("GET", f"/session/{session}/message", limit=LOOKED_BACK)
        except ServerFailed:
            return frozenset()
        told = [one for one in messages or () if (one.get("info") or {}).get("role") == "user"]
        return frozenset(str(part["text"]) for one in told for part in one.get("parts", ()) if part.get("text"))

    async def prompt(self, session: str, text: str, *, provider: str, model: str) -> None:
        """Begins a turn, or adds to the one under way, and does not wait for it: its events tell."""
        body = {
            "parts": [{"type": "text", "text": text}],
            "model": {"providerID": provider, "modelID": model},
            "agent": "build",
        }
        await self._ask("POST", f"/session/{session}/prompt_async", body)

    async def mcp(self) -> dict[str, str]:
        """The MCP servers that did not start, with the reason."""
        found = await self._ask("GET", "/mcp")
        states = found.items() if isinstance(found, dict) else ()
        return {
            str(name): str(state.get("error") or state.get("status"))
            for name, state in states
            if isinstance(state, dict) and state.get("status") != "connected"
        }

    async def abort(self, session: str) -> None:
        await self._ask("POST", f"/session/{session}/abort")

    async def busy(self, session: str) -> bool:
        """Whether a turn of it is under way."""
        found = await self._ask("GET", "/session/status")
        state = found.get(session) if isinstance(found, dict) else None
        return isinstance(state, dict) and state.get("type") != "idle"

    async def reject(self, permission: str) -> None:
        """Answers what it asks a person with no."""
        await self._ask("POST", f"/permission/{permission}/reply", {"reply": "reject"})

    async def events(self) -> AsyncIterator[Json]:
        """Events of the server from now on, the first of which is `server.connected`; it ends only with the server."""
        try:
            async with self._client.stream(
                "GET", "/event", timeout=httpx.Timeout(ANSWER_TIMEOUT_S, read=None)
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise _refused(answer.status_code, await _body(answer))
                async for line in _lines(answer):
                    if line.startswith(b"data:"):
                        yield _event(line.removeprefix(b"data:").decode(errors="replace"))
        except httpx.HTTPError as error:
            raise ServerFailed(f"{type(error).__name__}: {error}") from error
        raise ServerFailed("The stream of events ended.")

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: int) -> Any:
        try:
            async with (
                asyncio.timeout(2 * ANSWER_TIMEOUT_S),
                self._client.stream(method, path, json=body, params=query) as answer,
            ):
                content = await _body(answer)
        except httpx.HTTPError as error:
            raise ServerFailed(f"{type(error).__name__}: {error}") from error
        except TimeoutError:
            raise ServerFailed(f"{method} {path} was not answered within {2 * ANSWER_TIMEOUT_S:g} s.") from None
        if answer.is_error:
            raise _refused(answer.status_code, content)
        try:
            return json.loads(content) if content else None
        except (ValueError, RecursionError) as error:
            raise ServerFailed(f"the answer to {method} {path} is no JSON: {content[:200]!r}") from error


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The body as it was sent. What is packed is refused: a small piece can unpack to anything."""
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise ServerFailed("The answer is packed, which was not asked for.", status=answer.status_code)
    async for piece in answer.aiter_raw():
        yield piece


async def _body(answer: httpx.Response) -> bytes:
    found = bytearray()
    async for piece in _pieces(answer):
        found += piece
        if len(found) > BODY_LIMIT:
            raise ServerFailed(f"The answer has more than {BODY_LIMIT} bytes.", status=answer.status_code)
    return bytes(found)


async def _lines(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Whole lines, without their ends."""
    waiting = bytearray()
    read = 0
    async for piece in _pieces(answer):
        read += len(piece)
        if read > EVENTS_LIMIT:
            raise ServerFailed(f"Its events have more than {EVENTS_LIMIT} bytes.")
        *lines, rest = piece.split(b"\n")
        for line in lines:
            yield bytes(waiting + line).rstrip(b"\r")
            waiting.clear()
        waiting += rest
        if len(waiting) > LINE_LIMIT:
            raise ServerFailed(f"A line of its events has more than {LINE_LIMIT} bytes.")


def _event(text: str) -> Json:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ServerFailed(f"an event is no JSON: {text[:200]}") from error
    if not isinstance(found, dict):
        raise ServerFailed(f"an event is no object: {text[:200]}")
    return found


def _refused(status: int, body: bytes) -> ServerFailed:
    """OpenCode's errors are {"name": …, "data": {"message": …}}."""
    text = body.decode(errors="replace")
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return ServerFailed(f"HTTP {status}: {text[:300]}", status=status)
    data = found.get("data")
    message = data.get("message") if isinstance(data, dict) else found.get("message")
    name = str(found.get("name") or found.get("_tag") or "")
    return ServerFailed(f"HTTP {status} {name}: {message or text[:300]}", name=name, status=status)
