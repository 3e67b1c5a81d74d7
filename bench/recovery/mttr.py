"""From a failure to the same task's success: by another provider at once, or after a wait that recovery chose."""

from __future__ import annotations

import math
import statistics
import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.recovery.handlers import ASK
from bench.recovery.orders import ended, order, recovery_of, workspace
from bench.recovery.world import World, until

CLAIMED_S = 45.0
# What breaks the first provider, by the kind of failure of seeds 004.
BROKEN = {"timeout": "hang", "connection": "refused", "rate limit": "rate_limit; retry_after_s=60"}
# Nobody else is there: recovery waits, as the provider says or by its ladder.
WAITS = {
    "rate limit, Retry-After 5 s": "rate_limit; retry_after_s=5; times=1",
    "unavailable, nothing said": "unavailable; times=1",
}


def another_provider(world: World, *, tasks: int) -> list[dict[str, Any]]:
    """Two providers, the first is broken, and the routing may ask one a task's attempt. Each task has a workspace of
    its own, so that no circuit that another one opened helps it."""
    worker = world.worker("mttr")
    found = {
        kind: [_broken(world, f"{kind}-{place}", fault) for place in range(tasks)] for kind, fault in BROKEN.items()
    }
    _wait(found)
    worker.stop()
    return [_row(kind, ids) for kind, ids in found.items()]


def scheduled(world: World, *, tasks: int) -> list[dict[str, Any]]:
    """One provider, which fails once: what is above the wait that recovery chose."""
    worker = world.worker("waits")
    found = {}
    for kind, fault in WAITS.items():
        urls = [world.lab.upstream(f"waits-{kind}-{place}", fault=fault) for place in range(tasks)]
        found[kind] = [order(workspace(url), ASK, params={"attempts": 1})[0] for url in urls]
    _wait(found)
    worker.stop()
    return [_row(kind, ids) for kind, ids in found.items()]


def _broken(world: World, name: str, fault: str) -> uuid.UUID:
    of = workspace(world.lab.upstream(name, fault=fault), world.lab.upstream("well"))
    return order(of, ASK, params={"attempts": 1})[0]


def _wait(found: dict[str, list[uuid.UUID]]) -> None:
    until(lambda: ended([task for ids in found.values() for task in ids]))


def _row(kind: str, ids: Sequence[uuid.UUID]) -> dict[str, Any]:
    every = [recovery_of(task) for task in ids]
    good = [one for one in every if one.done and one.strategies]
    above = sorted(one.seconds - one.waited_s for one in good)
    return {
        "failure": kind,
        "tasks": len(every),
        "recovered": len(good),
        "strategies": dict(Counter(" → ".join(one.strategies) for one in every)),
        "p50_s": statistics.median(above) if above else None,
        "p95_s": above[math.ceil(0.95 * len(above)) - 1] if above else None,
        "not_recovered": "; ".join(sorted({one.why[:200] for one in every if not one.done})),
        "waited_p50_s": statistics.median(one.waited_s for one in good) if good else None,
    }
