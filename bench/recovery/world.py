"""What the parts of this bench share: a database, Redis, the providers lab, and worker processes to kill."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from autodev.lib.processes import dies_with_parent
from bench.dispatch.redis_server import redis_server
from bench.router.lab import LabProcess
from tests.services import Services

KEY = "LAB_KEY"
# Short, so that a hanging provider is found soon; in an installation it is 20 to 60 s.
TIMEOUT_S = 2.0
PATIENCE_S = 150.0
QUIET = ("-W", "ignore:You're running the worker with superuser")
LEAN = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "ERROR")


@dataclass(frozen=True, slots=True)
class World:
    """`run` holds the logs and AUTODEV_DATA; `redis` is the broker's address."""

    run: Path
    redis: str
    lab: LabProcess

    def worker(self, name: str, *, host: str = "", slots: int = 4) -> Worker:
        """A Celery worker that hosts the engine, as `autodev up` starts it."""
        pool = ("worker", "--pool", "threads", "--concurrency", "2", *LEAN)
        env = {"BENCH_HOST": host, "AUTODEV_SLOTS": str(slots)}
        return Worker(self, name, ["bench.recovery.app", *pool], env)

    def peer(self, name: str) -> Worker:
        """A plain Celery worker with four processes."""
        pool = ("worker", "--pool", "prefork", "--concurrency", "4", "--prefetch-multiplier", "1", *LEAN)
        return Worker(
            self, name, ["bench.recovery.peer", *pool], {"BENCH_BROKER": f"{self.redis.rpartition('/')[0]}/1"}
        )


class Worker:
    """A process in a group of its own."""

    def __init__(self, world: World, name: str, argv: Sequence[str], env: dict[str, str]) -> None:
        self.log = world.run / f"{name}.log"
        with self.log.open("ab") as out:
            self._child = subprocess.Popen(
                [sys.executable, *QUIET, "-m", "celery", "--quiet", "--app", *argv],
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509 - it only calls prctl
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def kill(self) -> float:
        """kill -9 of the whole group; gives when."""
        at = time.time()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        return at

    def stop(self) -> None:
        """SIGTERM, and after 20 s by force."""
        self._child.terminate()
        try:
            self._child.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


def broker_of(world: World) -> str:
    """Redis for the peer, apart from the engine's."""
    return f"{world.redis.rpartition('/')[0]}/1"


@contextlib.contextmanager
def world() -> Iterator[World]:
    """Starts it and makes this process part of it: settings, migrated database."""
    with tempfile.TemporaryDirectory(prefix="autodev-bench-") as folder, LabProcess() as lab, redis_server() as redis:
        run = Path(folder)
        (run / "data").mkdir()
        services = Services(run)
        try:
            enter(run, postgres(services, "bench"), redis)
            yield World(run, redis, lab)
        finally:
            leave()
            services.stop()


def postgres(services: Services, name: str) -> str:
    """The address of a new database."""
    folder = services.postgres()
    with psycopg.connect(host=str(folder), user="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgres://postgres@/{name}?host={folder}"


def enter(run: Path, database: str, redis: str = "") -> None:
    """Sets the environment of this process and its children, and Django up; migrates."""
    os.environ.update(
        {
            "AUTODEV_DATA": str(run / "data"),
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "DJANGO_SETTINGS_MODULE": "autodev.settings",
            "AUTODEV_PROVIDER_KEYS": KEY,
            KEY: "sk-bench",
            "LOG_LEVEL": os.environ.get("LOG_LEVEL", "ERROR"),
        }
    )
    import django  # noqa: PLC0415 - the environment comes first

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)


def leave() -> None:
    """Closes what Django has open, so that the servers can end."""
    from django.db import connections  # noqa: PLC0415

    connections.close_all()


def until(ready: Callable[[], Any], *, patience_s: float = PATIENCE_S) -> bool:
    """Waits for what other processes do; False where it did not come."""
    end = time.monotonic() + patience_s
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
