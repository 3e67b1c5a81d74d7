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
from bench.recovery.world import PATIENCE_S, World, until
from projects.models import Attempt

GOALS_S = {"same host": 5.0, "another host": 40.0}


def detection(world: World, *, times: int) -> list[dict[str, Any]]:
    """Each victim is a worker of its own with one task; the survivor is on `here`."""
    survivor = None
    rows = []
    for where, host in (("same host", "here"), ("another host", "there")):
        victims = []
        for number in range(times):
            victim = world.worker(f"{host}-{number}", host=host, slots=1)
            (task,) = order(workspace(), HOLD)
            until(Attempt.objects.filter(task=task).exists)
            victims.append((victim, task))
        survivor = survivor or world.worker("survivor", host="here", slots=times)
        time.sleep(5.0)  # it has swept once, and everybody's heart has beaten
        killed_at = {}
        for victim, task in victims:
            killed_at[task] = victim.kill()
            time.sleep(random.uniform(0.5, 2.5))
        until(partial(ended, list(killed_at)), patience_s=PATIENCE_S)
        rows.append(_row(where, killed_at))
    if survivor is not None:
        survivor.stop()
    return rows


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
