"""How long the work of an agent program goes without a checkpoint at most, however long one of its tools runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.conf import settings

_chosen: list[float] = []


def every_s() -> float:
    """AGENT_CHECKPOINT_SECONDS, or what the caller of this process chose."""
    return _chosen[-1] if _chosen else float(settings.AGENT_CHECKPOINT_SECONDS)


@contextlib.contextmanager
def each(seconds: float) -> Iterator[None]:
    """While it is entered, `seconds` hold for all that this process runs."""
    _chosen.append(seconds)
    try:
        yield
    finally:
        _chosen.remove(seconds)
