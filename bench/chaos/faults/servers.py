"""Faults of Redis and PostgreSQL."""

from __future__ import annotations

import os
import signal
import time

import psycopg
import redis

from bench.chaos.fleet import process_signal
from bench.chaos.schedule import Planned
from bench.chaos.servers import children_of
from bench.chaos.world import Injected, World, injector

TERMINATE = """
SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'autodev' AND pid <> pg_backend_pid()
"""


@injector("redis.flush")
def flush(world: World, planned: Planned) -> Injected | None:
    client = redis.Redis(unix_socket_path=str(world.places.redis), socket_timeout=1.0)
    try:
        client.flushall()
    except redis.RedisError:
        return None
    finally:
        client.close()
    return Injected("redis")


@injector("redis.kill9", "redis.stop")
def stop_redis(world: World, planned: Planned) -> Injected | None:
    sign = signal.SIGKILL if planned.kind == "redis.kill9" else signal.SIGTERM
    return Injected("redis") if world.fleet.redis.send(sign, down_s=planned.lasts_s) else None


@injector("redis.pause")
def pause_redis(world: World, planned: Planned) -> Injected | None:
    """It accepts connections and never answers."""
    server = world.fleet.redis
    if not server.send(signal.SIGSTOP):
        return None

    def wake() -> None:
        server.send(signal.SIGCONT)

    return Injected("redis", wake)


@injector("postgres.restart")
def restart(world: World, planned: Planned) -> Injected | None:
    """Immediate: every connection is cut, nothing is written out, recovery follows at the start."""
    return Injected("postgres") if world.fleet.postgres.send(signal.SIGQUIT, down_s=planned.lasts_s) else None


@injector("postgres.pause")
def pause(world: World, planned: Planned) -> Injected | None:
    """No process of it moves: connections stay open and nothing answers."""
    server = world.fleet.postgres
    pids = [server.pid, *children_of(server.pid)] if server.pid else []
    for pid in pids:
        process_signal(pid, signal.SIGSTOP)

    def wake() -> None:
        for pid in reversed(pids):
            process_signal(pid, signal.SIGCONT)

    return Injected(f"{len(pids)} processes", wake) if pids else None


@injector("postgres.backend_kill9")
def kill_backend(world: World, planned: Planned) -> Injected | None:
    """One backend dies by the kernel; the server ends all others and recovers."""
    backends = sorted(
        pid
        for pid, command in children_of(world.fleet.postgres.pid).items()
        if command.startswith("postgres: postgres")
    )
    if not backends or not world.fleet.postgres.pid:
        return None
    pid = backends[planned.pick % len(backends)]
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return None
    return Injected(f"of {len(backends)} backends")


@injector("postgres.terminate")
def terminate(world: World, planned: Planned) -> Injected | None:
    try:
        with psycopg.connect(world.places.dsn, autocommit=True) as connection:
            ended = connection.execute(TERMINATE).fetchone()
    except psycopg.Error:
        return None
    return Injected(f"{ended[0] if ended else 0} connections")


@injector("postgres.lock")
def lock(world: World, planned: Planned) -> Injected | None:
    """A stranger keeps all writers of builds and tasks waiting."""

    def hold() -> None:
        try:
            with psycopg.connect(world.places.dsn) as connection:
                connection.execute("SET lock_timeout = '3s'")
                connection.execute("LOCK TABLE projects_build, projects_task IN EXCLUSIVE MODE")
                world.over.wait(planned.lasts_s)
        except psycopg.Error:
            time.sleep(0)  # the server went away meanwhile: so did the lock

    return Injected("builds, tasks", job=hold)
