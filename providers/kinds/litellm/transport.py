"""Hangs on litellm's HTTP transport and notes what goes through it. Imported with litellm, never before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx

from providers.kinds.litellm.sight import Sight, current

_LAST_BYTES_S = 0.1
Handle = Callable[[Any, httpx.Request], Awaitable[httpx.Response]]


class Unreachable(httpx.NetworkError):
    """A connection that failed. litellm sends a request again by itself after httpx's own ConnectError; not after this:
    a call is one attempt."""


class SeenStream(httpx.AsyncByteStream):
    """A body, noted while it is read."""

    def __init__(self, body: httpx.AsyncByteStream, sight: Sight) -> None:
        self._body = body
        self._pieces = aiter(body)
        self._sight = sight

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for data in self._pieces:
                self._sight.feed(data)
                yield data
        except Exception as error:
            self._sight.broke = error
            raise
        self._sight.end()

    async def aclose(self) -> None:
        """OpenAI's client leaves a stream at its terminator; the bytes behind that keep the connection for others."""
        if self._sight.seen.done and not self._sight.ended:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_LAST_BYTES_S):
                    async for data in self._pieces:
                        self._sight.feed(data)
                    self._sight.end()
        await self._body.aclose()


def observed(handle: Handle) -> Handle:
    """The transport's `handle_async_request` with a Sight of the call that it works for."""

    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        sight = current.get()
        if sight is None:
            return await handle(self, request)
        sight.begin()
        # Compressed events could not be read here; a chat's text is small.
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
        sight.head(response.status_code, response.headers)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = sight.stream = SeenStream(response.stream, sight)
        return response

    return handle_async_request
