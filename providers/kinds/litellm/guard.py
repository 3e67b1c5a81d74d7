"""What keeps a provider's address and a provider's answer within bounds. Imported with litellm, never before."""

from __future__ import annotations

import errno
import ipaddress
import socket
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.request import getproxies

import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

from providers import network

# A hundred thousand tokens in events of some hundred bytes are 40 MB; whole answers and single events are far smaller.
MOST_STREAMED, MOST_WHOLE = 256 * 2**20, 32 * 2**20
PIECE = 2**20
READABLE = {"gzip", "x-gzip", "deflate"}


class Unusable(httpx.ReadError):
    """An answer that is not read to its end: too large, or in a form that was not asked for."""


class GuardedResolver(AbstractResolver):
    """Names lead only where a provider may be: it gives the very addresses that are then connected to, so that a name
    cannot lead elsewhere a moment later. A proxy of the environment is the operator's."""

    def __init__(self) -> None:
        self._inner = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host in _proxies():
            return found
        whys = [network.refusal_of(ipaddress.ip_address(one["host"].partition("%")[0]), host=host) for one in found]
        allowed = [one for one, why in zip(found, whys, strict=True) if not why]
        if not allowed:
            raise OSError(errno.EACCES, next(iter(whys), f"{host} has no address"))
        return allowed

    async def close(self) -> None:
        await self._inner.close()


def guarded(connector: Any) -> Any:
    """aiohttp's connector with that resolver."""

    def made(**settings: Any) -> Any:
        return connector(**{**settings, "resolver": GuardedResolver()})

    return made


def stays(response: httpx.Response, request: httpx.Request) -> bool:
    """Whether a redirect leads to the same host."""
    where = request.url.join(response.headers.get("location", ""))
    return where.host == request.url.host


class Decoder:
    """Opens a body that came compressed though it was asked not to, piece by piece."""

    def __init__(self) -> None:
        self._state = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Raises Unusable."""
        while data:
            try:
                piece = self._state.decompress(data, PIECE)
            except zlib.error as error:
                raise Unusable(f"the answer is compressed, and broken: {error}") from error
            data = self._state.unconsumed_tail
            if piece:
                yield piece


async def opened(body: httpx.AsyncByteStream) -> AsyncIterator[bytes]:
    """A compressed body as it was before."""
    decoder = Decoder()
    async for data in body:
        for piece in decoder.pieces(data):
            yield piece


def _proxies() -> set[str]:
    return {httpx.URL(address).host for address in getproxies().values() if "://" in address}
