"""Which port the pages are served on."""

from __future__ import annotations

import socket

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


def free_port(host: str, wanted: int) -> int:
    """`wanted`, else the next free one after it. Raises OSError where none of fifty is free."""
    for port in range(wanted, min(wanted + TRIES, 65536)):
        if is_free(host, port):
            return port
    raise OSError(f"none of the ports {wanted} to {wanted + TRIES - 1} is free on {host}")
