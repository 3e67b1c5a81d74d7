"""Messages that come twice, a thousand times, in another order, or never."""

from __future__ import annotations

import random
import time

import redis

from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector

QUEUE = "autodev"


def _client(world: World) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(world.places.redis), socket_timeout=2.0)


def _send(name: str, times: int) -> int:
    """So many messages of one kind; the number that the broker took."""
    from autodev.celery import app  # noqa: PLC0415 - after the settings

    sent = 0
    for _ in range(times):
        try:
            app.send_task(name, retry=False, ignore_result=True, expires=30)
        except Exception:  # noqa: BLE001 - whatever the broker's client throws while the broker is away
            return sent
        sent += 1
    return sent


@injector("bells.duplicated", "bells.thousand")
def ring(world: World, planned: Planned) -> Injected | None:
    times = 1000 if planned.kind == "bells.thousand" else 2 + planned.pick % 20
    return Injected(f"{times} bells", job=lambda: _ignore(_send("projects.tasks.ring", times)))


@injector("ticks.duplicated")
def tick(world: World, planned: Planned) -> Injected | None:
    """The sweep's tick many times at once: several sweepers beside each other."""
    times = 3 + planned.pick % 10
    return Injected(f"{times} ticks", job=lambda: _ignore(_send("projects.tasks.sweep_tick", times)))


@injector("bells.reordered")
def reorder(world: World, planned: Planned) -> Injected | None:
    """Messages of all kinds, and what lies in the queue once more, the last first."""

    def job() -> None:
        rng = random.Random(planned.pick)
        names = ["projects.tasks.ring", "projects.tasks.sweep_tick", "autodev.events.tasks.deliveries_tick"]
        for _ in range(6):
            _send(rng.choice(names), 1)
        client = _client(world)
        try:
            there = client.lrange(QUEUE, 0, -1)
            rng.shuffle(there)
            for message in there:
                client.rpush(QUEUE, message)
        except redis.RedisError:
            return
        finally:
            client.close()

    return Injected("the queue", job=job)


@injector("bells.none")
def silence(world: World, planned: Planned) -> Injected | None:
    """Every message is lost for a while."""

    def job() -> None:
        client = _client(world)
        end = time.monotonic() + planned.lasts_s
        while time.monotonic() < end and not world.over.is_set():
            try:
                client.delete(QUEUE)
            except redis.RedisError:
                time.sleep(0.2)
            time.sleep(0.01)
        client.close()

    return Injected("the queue", job=job)


def _ignore(_: object) -> None:
    """The answer of a job is of no interest."""
