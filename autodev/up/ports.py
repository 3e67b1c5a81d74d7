"""Which ports are served on."""

from __future__ import annotations

import socket
from collections.abc import Collection

TRIES = 50


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(host: str, wanted: int, *, taken: Collection[int] = ()) -> int:
    """`wanted`, else the next free one after it; those of `taken` are somebody's already. Raises OSError where none of
    fifty is free."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if port not in taken and is_free(host, port):
            return port
    raise OSError(f"none of the ports {wanted} to {wanted + TRIES - 1} is free on {host}")
