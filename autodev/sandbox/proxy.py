"""The install phase's only way out: a CONNECT proxy on a Unix socket that knows the configured registries.

It resolves a name once and connects to the address it checked. Loopback, link-local (cloud metadata) and other
special addresses are refused even under an allowed name; private ones are allowed, because a company's mirror has one.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, unquote

from autodev.sandbox.sockets import short_name
from autodev.sandbox.types import MIB

MAX_BYTES = 2048 * MIB
MAX_CONNECTIONS = 1_000
_CONNECT_TIMEOUT_S = 20.0
_CHUNK = 65536
_MAX_HEAD = 16384


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """hosts: (name, port) pairs that may be reached; upstream: the machine's own proxy, if it needs one to get out;
    loopback: allow loopback addresses too (only for a registry that tests run on this machine)."""

    hosts: frozenset[tuple[str, int]]
    upstream: SplitResult | None = None
    loopback: bool = False


class RegistryUnreachable(OSError):
    """The configured index gave no answer: installs are `not_run`, not failed."""


class _RefusedError(Exception):
    """The request is not allowed; the client gets 403."""


@dataclass(slots=True)
class _Counts:
    connections: int = 0
    transferred: int = 0
    refused: list[str] = field(default_factory=list)


class RegistryProxy:
    """A context manager: serves on `path` in a thread of its own while it is entered.

    `unreachable` says why an allowed host could not be reached, empty while each could; `refused` lists the targets
    that were asked for and are not allowed.
    """

    def __init__(self, path: Path, access: RegistryAccess) -> None:
        self.path = path
        self.unreachable = ""
        self._access = access
        self._counts = _Counts()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._live, name="registry-proxy", daemon=True)

    @property
    def refused(self) -> list[str]:
        return list(self._counts.refused)

    def __enter__(self) -> Self:
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with short_name(self.path) as name:
            self._listener.bind(name)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _live(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_unix_server(self._accept, sock=self._listener, limit=_MAX_HEAD)
        self._ready.set()
        async with server:
            await self._stop.wait()
        current = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            host, port = self._target(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _CONNECT_TIMEOUT_S))
            await self._tunnel(host, port, reader, writer)
        except _RefusedError as refusal:
            await _answer(writer, f"403 Forbidden\r\nX-Reason: {refusal}")
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await _answer(writer, "400 Bad Request")
        finally:
            writer.close()

    async def _tunnel(self, host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other = await asyncio.wait_for(self._connect(host, port), _CONNECT_TIMEOUT_S)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            self.unreachable = self.unreachable or f"{host}: {str(error) or type(error).__name__}"
            await _answer(writer, "502 Bad Gateway")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(self._copy(reader, other[1]), self._copy(other[0], writer))
        other[1].close()

    def _target(self, head: bytes) -> tuple[str, int]:
        method, target, *_ = [*head.split(b"\r\n", 1)[0].decode("latin-1").split(" "), "", ""]
        host, _, port_text = target.rpartition(":")
        host = host.strip("[]").lower()
        if method != "CONNECT" or not port_text.isdigit():
            raise _RefusedError("only CONNECT")
        self._counts.connections += 1
        if self._counts.connections > MAX_CONNECTIONS:
            raise _RefusedError("too many connections")
        if (host, int(port_text)) not in self._access.hosts:
            self._counts.refused.append(target)
            raise _RefusedError("not a configured registry")
        return host, int(port_text)

    async def _connect(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._access.upstream:
            return await self._connect_upstream(self._access.upstream, host, port)
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        allowed = [info[4][0] for info in found if self._allowed(str(info[4][0]))]
        if not allowed:
            self._counts.refused.append(f"{host} ({', '.join(str(info[4][0]) for info in found)})")
            raise _RefusedError("the address is not a public or private one")
        failure: OSError = OSError("no address")
        for address in allowed:
            try:
                return await asyncio.open_connection(str(address), port)
            except OSError as error:
                failure = error
        raise failure

    def _allowed(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address.partition("%")[0])
        parsed = getattr(parsed, "ipv4_mapped", None) or parsed
        if parsed.is_loopback:
            return self._access.loopback
        return not (parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified or parsed.is_reserved)

    async def _connect_upstream(
        self, upstream: SplitResult, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        secure = upstream.scheme == "https"
        where = upstream.hostname or "", upstream.port or (443 if secure else 80)
        reader, writer = await asyncio.open_connection(*where, ssl=secure or None)
        head = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        if upstream.username:
            pair = f"{unquote(upstream.username)}:{unquote(upstream.password or '')}"
            head += f"Proxy-Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
        writer.write(head.encode() + b"\r\n")
        answer = await reader.readuntil(b"\r\n\r\n")
        if answer.split(b" ", 2)[1:2] != [b"200"]:
            writer.close()
            raise ConnectionError(f"the machine's proxy answered {answer[:60]!r}")
        return reader, writer

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(_CHUNK):
                self._counts.transferred += len(chunk)
                if self._counts.transferred > MAX_BYTES:
                    break
                writer.write(chunk)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except OSError:  # the other side went away: normal at the end of a download
            writer.close()


async def _answer(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    try:
        await writer.drain()
    except OSError:  # the client did not wait for it
        return
