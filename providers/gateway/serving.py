"""Serving the gateway: on a TCP port for users' tools, on a Unix socket for one job."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn

from providers.gateway.app import make_app
from providers.gateway.life import alone
from providers.routing.ports import RoutingPorts

STOP_WITHIN_S = 5
# Connections of one job at once, each with a body of at most 32 MB: whoever works in its sandbox holds the token, and a
# program has a few requests under way. Beyond them it is told 503.
JOB_CONNECTIONS = 24


class _Server(uvicorn.Server):
    """Signals are the process's own matter: a job's gateway is one of several servers in it."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def] # as uvicorn has it
        yield


def config(*, host: str = "127.0.0.1", port: int = 8001) -> uvicorn.Config:
    """uvicorn's configuration of a gateway that serves alone."""
    return uvicorn.Config(
        make_app(lifespan=alone), host=host, port=port, lifespan="on", log_level="warning", access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S, server_header=False,
    )  # fmt: skip


@contextlib.asynccontextmanager
async def gateway_of_job(path: Path, *, ports: RoutingPorts | None = None) -> AsyncIterator[Path]:
    """A gateway on a Unix socket for as long as the context lasts; only its owner may connect. The job calls it with a
    token of `job_token_create`, so that no provider's key enters its sandbox. Raises OSError where the path is taken or
    too long."""
    listener = _listener(path)
    settings = config()
    settings.app, settings.lifespan = make_app(ports=ports), "off"
    settings.limit_concurrency = JOB_CONNECTIONS
    server = _Server(settings)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        yield path
    finally:
        server.should_exit = True
        await serving
        _remove(path)


def _listener(path: Path) -> socket.socket:
    """Bound and closed to others before it takes the first connection."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
