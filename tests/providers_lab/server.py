"""The lab: an event loop in a thread of its own, and a listening port for each upstream."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self, TypeVar

from tests.providers_lab.http import Connection, Request
from tests.providers_lab.serving import serve
from tests.providers_lab.upstream import Upstream

T = TypeVar("T")
Handle = Callable[[Request, Connection], Awaitable[None]]


class Listener:
    """A port that can be closed and opened again at the same number."""

    def __init__(self, lab: Lab, port: int, handle: Handle | None = None) -> None:
        self._lab = lab
        self._other = handle
        self._alive: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self.number = port
        self.upstream: Upstream | None = None

    def listen(self, *, on: bool) -> None:
        self._lab.run(self._open() if on else self._shut())

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", self.number))
        self.number = sock.getsockname()[1]
        self._server = await loop.create_server(self._connection, sock=sock, backlog=1024)

    async def _shut(self) -> None:
        """Closes the port and what hangs on it."""
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._alive):
            connection.transport.abort()

    def _connection(self) -> Connection:
        if self.upstream:
            self.upstream.connections += 1
        return Connection(self._handle, self._alive)

    async def _handle(self, request: Request, connection: Connection) -> None:
        if self._other:
            await self._other(request, connection)
        elif self.upstream:
            await serve(self.upstream, request, connection)

    @property
    def open_connections(self) -> int:
        return len(self._alive)


class Lab:
    """`with Lab() as lab: lab.upstream("a").fail("overloaded")`. An upstream comes into being when first named."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="providers-lab", daemon=True)
        self._upstreams: dict[str, Upstream] = {}
        self._listeners: dict[str, Listener] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners.values():
            listener.listen(on=False)
        self.run(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def upstream(self, name: str = "a", *, port: int = 0) -> Upstream:
        if name not in self._upstreams:
            listener = Listener(self, port)
            listener.listen(on=True)
            made = Upstream(name=name, base_url=f"http://127.0.0.1:{listener.number}", port=listener)
            listener.upstream = made
            self._listeners[name], self._upstreams[name] = listener, made
        return self._upstreams[name]

    def serve(self, handle: Handle, port: int = 0) -> int:
        """Answers requests at one more port by `handle`; gives the port."""
        listener = Listener(self, port, handle)
        listener.listen(on=True)
        self._listeners[f"port {listener.number}"] = listener
        return listener.number

    @property
    def upstreams(self) -> list[Upstream]:
        return list(self._upstreams.values())

    def open_connections(self, name: str) -> int:
        """How many connections to this upstream are open at this moment."""
        return self._listeners[name].open_connections

    def reset(self) -> None:
        for one in self.upstreams:
            one.reset()

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float = 10.0) -> T:
        """Runs a coroutine on the lab's loop and waits for it, from any other thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    async def _finish(self) -> None:
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*left, return_exceptions=True), 2)


def closed_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
