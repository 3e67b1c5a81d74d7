"""The ways between a sandbox's loopback and the host, as the relay inside is told them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from autodev.sandbox.types import PROXY_PORT

RELAY = Path(__file__).with_name("relay.py")
RELAY_INSIDE = "/run/relay.py"
PROXY_INSIDE = "/run/registry.sock"


def outlet_inside(port: int) -> str:
    """Where the socket behind a port of the loopback is bound inside."""
    return f"/run/outlets/{port}.sock"


def ways(outlets: Mapping[int, Path], *, proxy: bool, serving: tuple[int, int] | None) -> list[str]:
    """The relay's words for the outlets, the registry's proxy, and the port that is served through the descriptor of a
    listening socket; none where no relay is needed."""
    out = {port: outlet_inside(port) for port in outlets}
    if proxy:
        out[PROXY_PORT] = PROXY_INSIDE
    words = [word for port, path in out.items() for word in ("out", str(port), path)]
    return [*words, *(("in", str(serving[0]), str(serving[1])) if serving else ())]
