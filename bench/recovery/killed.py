"""kill -9 of a worker: how long until another one has its task, on the same host and on another."""

from __future__ import annotations

import random
import statistics
import time
import uuid
from functools import partial
from typing import Any

from bench.recovery.handlers import HOLD
from bench.recovery.orders import ended, order, workspace
from bench.recovery.world import World, until
from projects.models import Attempt, Incarnation

# The survivor has swept, and every heart has beaten at another moment of its ten seconds.
SETTLE_S = 6.0
GOALS_S = {"same host": 5.0, "another host": 40.0}


def detection(world: World, *, times: int) -> list[dict[str, Any]]:
    """Each victim is a worker of its own with one task; who takes over is always on the host `here`."""
    return [_killed(world, where, host, times) for where, host in (("same host", "here"), ("another host", "there"))]


def _killed(world: World, where: str, host: str, times: int) -> dict[str, Any]:
    """The victims have their tasks before the survivor is there."""
    hosts = [host if host == "here" else f"{host}-{number}" for number in range(times)]  # else the others would see it
    victims = [world.worker(f"victim-{place}-{n}", host=place, slots=1) for n, place in enumerate(hosts)]
    tasks = [task for _ in victims for task in order(workspace(), HOLD)]
    until(lambda: Attempt.objects.filter(task__in=tasks).count() == times)
    survivor = world.worker(f"survivor-of-{host}", host="here", slots=times)
    until(Incarnation.objects.filter(slots=times, host="here", stopped_at=None).exists)
    time.sleep(SETTLE_S)
    killed_at = {}
    by_owner = dict(Attempt.objects.filter(task__in=tasks).values_list("owner", "task_id"))
    for victim in victims:
        task = next(task for owner, task in by_owner.items() if f"-{victim.pid}-" in owner)
        killed_at[task] = victim.kill()
        time.sleep(random.uniform(0.5, 2.5))
    until(partial(ended, list(killed_at)))
    survivor.stop()
    return _row(where, killed_at)


def _row(where: str, killed_at: dict[uuid.UUID, float]) -> dict[str, Any]:
    again, done = [], []
    for task, at in killed_at.items():
        attempts = list(Attempt.objects.filter(task=task).order_by("epoch"))
        if len(attempts) > 1 and attempts[-1].finished_at is not None:
            again.append(attempts[1].started_at.timestamp() - at)
            done.append(attempts[-1].finished_at.timestamp() - at)
    return {
        "where": where,
        "killed": len(killed_at),
        "claimed_again": len(again),
        "p50_s": statistics.median(again) if again else None,
        "max_s": max(again, default=None),
        "done_p50_s": statistics.median(done) if done else None,
        "goal_s": GOALS_S[where],
    }
