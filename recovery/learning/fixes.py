"""What of a strategy's params means something for another task with the same failure. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from recovery.states import Strategy

# Who failed, how long was waited and how deep a task lay was that task's own.
CARRIED: Mapping[Strategy, tuple[str, ...]] = {
    Strategy.ALTERNATIVE_APPROACH: ("approach",),
    Strategy.SKIP_WITH_FALLBACK: ("percent",),
}


def carried(strategy: Strategy, params: Mapping[str, Any]) -> dict[str, Any]:
    """The params that carry over."""
    return {name: params[name] for name in CARRIED.get(strategy, ()) if name in params}


def digest(strategy: Strategy, params: Mapping[str, Any]) -> str:
    """64 hexadecimal digits, equal for the same strategy with the same params that carry over."""
    plain = json.dumps([str(strategy), carried(strategy, params)], sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
