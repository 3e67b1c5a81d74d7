"""The injectors. Each gives what it hit, or None where there was nothing to hit yet; it is asked again then."""

from __future__ import annotations

from collections.abc import Iterable

from bench.chaos.faults import bells, builds, disks, processes, providers, repositories, servers, workers
from bench.chaos.kinds import Kind
from bench.chaos.world import injector_of

__all__ = ["bells", "builds", "disks", "injected", "processes", "providers", "repositories", "servers", "workers"]


def injected(kinds: Iterable[Kind]) -> list[Kind]:
    """The kinds, each of which has an injector. Raises KeyError."""
    found = list(kinds)
    for kind in found:
        injector_of(kind.name)
    return found
