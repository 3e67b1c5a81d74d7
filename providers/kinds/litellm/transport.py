"""Hangs on litellm's HTTP transport and notes what goes through it. Imported with litellm, never before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from providers import network
from providers.kinds.litellm.guard import MOST_STREAMED, MOST_WHOLE, READABLE, Unusable, opened, stays
from providers.kinds.litellm.sight import Form, Sight, current
from providers.routing import background

_MOMENT_S, _LAST_BYTES_S = 0.001, 0.1
Handle = Callable[[Any, httpx.Request], Awaitable[httpx.Response]]


class Unreachable(httpx.NetworkError):
    """A connection that failed. litellm sends a request again by itself after httpx's own ConnectError; not after this:
    a call is one attempt."""


class SeenStream(httpx.AsyncByteStream):
    """A body, noted while it is read; it is left where it grows beyond its bounds."""

    def __init__(self, body: httpx.AsyncByteStream, sight: Sight, *, compressed: bool) -> None:
        self._body = body
        self._pieces = aiter(opened(body) if compressed else body)
        self._sight = sight
        self._left = MOST_STREAMED if sight.form in {Form.EVENTS, Form.LINES} else MOST_WHOLE

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for data in self._pieces:
                self._count(data)
                self._sight.feed(data)
                yield data
        except Exception as error:
            self._sight.broke = error
            self._sight.unusable = str(error) if isinstance(error, Unusable) else ""
            raise
        self._sight.end()

    def _count(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0 or self._sight.pending > MOST_WHOLE:
            raise Unusable("the answer is too large")

    async def aclose(self) -> None:
        """OpenAI's client leaves a stream at its terminator. The answer is whole then; the bytes behind it, which are
        there mostly, keep the connection for others, and nobody waits for late ones."""
        if self._sight.seen.done and not self._sight.ended:
            self._sight.ended = True
            await asyncio.wait({background.start(self._read_out())}, timeout=_MOMENT_S)
        else:
            await self._body.aclose()

    async def _read_out(self) -> None:
        try:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_LAST_BYTES_S):
                    async for _ in self._pieces:
                        pass
        finally:
            await self._body.aclose()


def observed(handle: Handle) -> Handle:
    """The transport's `handle_async_request` with a Sight of the call that it works for."""

    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        sight = current.get()
        why = network.refusal(request.url.host)
        if sight is None:
            if why:
                raise Unreachable(why, request=request)
            return await handle(self, request)
        sight.begin()
        if why:
            sight.broke = Unreachable(why, request=request)
            raise sight.broke
        # A chat's text is small.
        request.headers["accept-encoding"] = "identity"
        request.extensions["timeout"] = {**request.extensions.get("timeout", {}), "connect": sight.connect_s}
        try:
            response = await handle(self, request)
        except (httpx.ConnectError, httpx.RemoteProtocolError) as error:
            sight.broke = error
            raise Unreachable(str(error), request=request) from error
        except httpx.HTTPError as error:
            sight.broke = error
            raise
        if response.has_redirect_location and not stays(response, request):
            # What it leads to is nobody's provider: it ends here, as a status that is no answer.
            del response.headers["location"]
        encoding = response.headers.pop("content-encoding", "identity").strip().lower()
        sight.head(response.status_code, response.headers)
        if isinstance(response.stream, httpx.AsyncByteStream):
            if encoding not in {"", "identity", *READABLE}:
                await response.stream.aclose()
                sight.unusable = f"the answer is compressed ({encoding}), which was not asked for"
                raise Unusable(sight.unusable, request=request)
            response.stream = sight.stream = SeenStream(response.stream, sight, compressed=encoding in READABLE)
        return response

    return handle_async_request
