"""The real rooms behind the routing's ports."""

from __future__ import annotations

from providers.routing.ports import RoutingPorts


def ports() -> RoutingPorts:
    """Those of this process."""
    raise RuntimeError("the routing of this process has no ports")
