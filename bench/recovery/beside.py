"""The same faults for AutoDev and for a plain Celery task that retries by itself: who succeeds, how soon, and how many
calls were for nothing."""

from __future__ import annotations

import contextlib
import datetime as dt
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from celery.exceptions import TimeoutError as NotInTime
from celery.result import AsyncResult

from bench.recovery import peer
from bench.recovery.handlers import ASK
from bench.recovery.orders import ended, order, workspace
from bench.recovery.world import PATIENCE_S, Worker, World, broker_of, until
from projects.models import Attempt, AttemptOutcome
from providers.models import Call

OUT_S, WINDOW_S, LOST_S = 12.0, 75.0, 45.0
# For so long the first provider has this fault; None is for good.
FAULTS: Mapping[str, tuple[str, float | None]] = {
    "timeout": ("hang", OUT_S),
    "connection": ("refused", OUT_S),
    "rate limit": ("rate_limit; retry_after_s=12", OUT_S),
    "unavailable": ("unavailable", OUT_S),
    "flaky": ("internal; share=0.5", OUT_S),
    "bad key": ("authentication", None),
}
KILLED, LOST, SLOW_S = "worker lost", 4, 1.2


@dataclass(slots=True)
class Ran:
    """One system under all faults. `calls` are requests that were made, `ends` seconds to success by fault."""

    system: str
    calls: dict[str, int] = field(default_factory=dict)
    ends: dict[str, list[float]] = field(default_factory=dict)


def compare(world: World, *, tasks: int) -> list[dict[str, Any]]:
    """A row a fault and system."""
    peer.app.conf.update(broker_url=broker_of(world), result_backend=broker_of(world))
    ran = [
        _ours(world, "AutoDev, two providers", tasks, spare=True),
        _ours(world, "AutoDev, one provider", tasks, spare=False),
        _celery(world, tasks),
    ]
    return [_row(fault, one, tasks) for fault in (*FAULTS, KILLED) for one in ran]


def _ours(world: World, system: str, tasks: int, *, spare: bool) -> Ran:
    ran, found = Ran(system), {}
    tag = "two" if spare else "one"
    well = [world.lab.upstream("well")] if spare else []
    worker = world.worker(f"ours-{tag}", slots=8)
    _warm(world)
    begun = time.time()
    for name, (fault, _) in FAULTS.items():
        of = workspace(world.lab.upstream(f"{tag}-{name}", fault=fault), *well)
        found[name] = (of, order(of, ASK, tasks=tasks))
    _heal(world, tag, begun)
    until(lambda: all(ended(ids) for _, ids in found.values()), patience_s=WINDOW_S - OUT_S)
    worker.stop()
    for name, (of, ids) in found.items():
        ran.calls[name] = Call.objects.filter(workspace=of, task_id__in=ids).count()
        ran.ends[name] = _seconds(ids, begun)
    _our_lost(world, ran, tag, well)
    return ran


def _our_lost(world: World, ran: Ran, tag: str, well: Sequence[str]) -> None:
    """The worker dies with calls under way; a new one starts at once, as under a supervisor."""
    name = f"{tag}-slow"
    of = workspace(world.lab.upstream(name, latency_s=SLOW_S), *well)
    worker = world.worker(f"lost-{tag}", slots=LOST)
    ids = order(of, ASK, tasks=LOST)
    begun, worker = _kill(world, name, worker, lambda: world.worker(f"after-{tag}", slots=LOST))
    until(lambda: ended(ids), patience_s=LOST_S)
    worker.stop()
    ran.calls[KILLED], ran.ends[KILLED] = world.lab.calls(name), _seconds(ids, begun)


def _kill(world: World, name: str, worker: Worker, start: Callable[[], Worker]) -> tuple[float, Worker]:
    """kill -9 when all calls are under way; gives when, and the next worker."""
    until(lambda: world.lab.calls(name) >= LOST)
    return worker.kill(), start()


def _warm(world: World) -> None:
    """Waits until the worker has done one task: it is up, and has loaded what asks models."""
    ids = order(workspace(world.lab.upstream("well")), ASK)
    until(lambda: ended(ids))


def _seconds(ids: Sequence[Any], begun: float) -> list[float]:
    done = Attempt.objects.filter(task__in=ids, outcome=AttemptOutcome.SUCCEEDED).values_list("finished_at", flat=True)
    return [at.timestamp() - begun for at in done if at is not None]


def _celery(world: World, tasks: int) -> Ran:
    ran = Ran("Celery autoretry")
    worker = world.peer("celery")
    counts = redis.Redis.from_url(broker_of(world))
    with contextlib.suppress(NotInTime):
        peer.ask.delay(world.lab.upstream("well"), "warm").get(timeout=PATIENCE_S)
    begun = time.time()
    found: dict[str, list[AsyncResult]] = {}
    for name, (fault, _) in FAULTS.items():
        url = world.lab.upstream(f"celery-{name}", fault=fault)
        found[name] = [peer.ask.delay(url, name) for _ in range(tasks)]
    _heal(world, "celery", begun)
    every = [one for results in found.values() for one in results]
    until(lambda: all(one.ready() for one in every), patience_s=WINDOW_S - OUT_S)
    worker.stop()
    for name, results in found.items():
        ran.calls[name], ran.ends[name] = int(counts.get(peer.counter(name)) or 0), _finished(results, begun)
    url = world.lab.upstream("celery-slow", latency_s=SLOW_S)
    worker = world.peer("celery-lost")
    results = [peer.ask.delay(url, KILLED) for _ in range(LOST)]
    begun, worker = _kill(world, "celery-slow", worker, lambda: world.peer("celery-after"))
    until(lambda: all(one.ready() for one in results), patience_s=LOST_S)
    worker.stop()
    ran.calls[KILLED], ran.ends[KILLED] = world.lab.calls("celery-slow"), _finished(results, begun)
    return ran


def _finished(results: Sequence[AsyncResult], begun: float) -> list[float]:
    return [one.date_done.replace(tzinfo=dt.UTC).timestamp() - begun for one in results if one.successful()]


def _heal(world: World, tag: str, begun: float) -> None:
    """When the outage is over."""
    time.sleep(max(0.0, begun + OUT_S - time.time()))
    for name, (_, lasts_s) in FAULTS.items():
        if lasts_s is not None:
            world.lab.heal(f"{tag}-{name}")


def _row(fault: str, ran: Ran, tasks: int) -> dict[str, Any]:
    tasks = LOST if fault == KILLED else tasks
    good = ran.ends[fault]
    return {
        "fault": fault,
        "system": ran.system,
        "tasks": tasks,
        "succeeded": f"{100 * len(good) / tasks:.0f} %",
        "calls": ran.calls[fault],
        "wasted_a_task": (ran.calls[fault] - len(good)) / tasks,
        "p50_s": statistics.median(good) if good else None,
        "last_s": max(good, default=None),
    }
