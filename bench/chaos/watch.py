"""Looks at the database all the time: what runs where, for the faults; and what must never be, even for a moment."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.chaos.judges.findings import Broken

EVERY_S = 0.4
BUILDS = "SELECT id::text, state, project_id::text FROM projects_build"
RUNNING = """
SELECT id::text, build_id::text, epoch, kind, lease_owner, crashes, lease_expires_at IS NULL FROM projects_task
 WHERE state = 'running'
"""
# Versions rise with what happens, `progress_at` with each sign of life of the work itself.
MOVED = """
SELECT (SELECT SUM(version) FROM projects_build), (SELECT MAX(progress_at) FROM projects_task WHERE state = 'running'),
       (SELECT COUNT(*) FROM projects_step)
"""
UNTIMED = "SELECT id::text, key FROM projects_task WHERE state = 'waiting' AND next_run_at IS NULL"
EPOCHS = "SELECT id::text, epoch, state FROM projects_task"
AGAIN = """
SELECT COUNT(*) FROM events_event
 WHERE type IN ('build.replayed', 'build.rolled_back', 'spec.edited', 'task.restarted', 'task.replayed')
"""
FINAL = frozenset({"succeeded", "degraded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Running:
    """A task that runs now."""

    task: str
    build: str
    epoch: int
    kind: str
    owner: str
    crashes: int
    leaseless: bool


@dataclass(slots=True)
class Sight:
    """What the last look saw. `moved_at`: monotonic, when last anything went on."""

    builds: dict[str, tuple[str, str]] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)
    moved_at: float = field(default_factory=time.monotonic)
    looks: int = 0

    def live(self) -> list[str]:
        """The builds that have not ended."""
        return sorted(build for build, (state, _) in self.builds.items() if state not in FINAL)


class Watch(threading.Thread):
    """`sight` is the newest look, `broken` what a single look proved wrong. A database that is away is asked again."""

    def __init__(self, dsn: str, *, slots: int) -> None:
        super().__init__(name="watch", daemon=True)
        self.sight = Sight()
        self.broken: dict[str, Broken] = {}
        self._dsn, self._slots = dsn, slots
        self._over = threading.Event()
        self._epochs: dict[str, int] = {}
        self._finals: dict[str, str] = {}
        self._moved: Any = None
        self._again = 0

    def stop(self) -> None:
        self._over.set()
        self.join(10)

    def run(self) -> None:
        while not self._over.is_set():
            with (
                contextlib.suppress(psycopg.Error),
                psycopg.connect(self._dsn, options="-c statement_timeout=5000") as connection,
            ):
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                while not self._over.wait(EVERY_S):
                    with connection.transaction():
                        self._look(connection)
            self._over.wait(0.3)

    def _look(self, connection: psycopg.Connection[Any]) -> None:
        builds = connection.execute(BUILDS).fetchall()
        running = [Running(*row) for row in connection.execute(RUNNING).fetchall()]
        self._judge(running, connection.execute(UNTIMED).fetchall(), connection.execute(EPOCHS).fetchall())
        again = connection.execute(AGAIN).fetchone()
        self._finality(builds, int(again[0]) if again else 0)
        mark = connection.execute(MOVED).fetchone()
        moved, self._moved = mark != self._moved, mark
        self.sight = Sight(
            {build: (state, project) for build, state, project in builds},
            running,
            time.monotonic() if moved else self.sight.moved_at,
            self.sight.looks + 1,
        )

    def _judge(self, running: list[Running], untimed: list[Any], epochs: list[Any]) -> None:
        for one in running:
            if one.leaseless:
                self._note("I2", one.task, "runs without a lease")
        for task, key in untimed:
            self._note("I2", task, f"{key} waits without a time")
        for task, epoch, _ in epochs:
            if epoch < self._epochs.get(task, 0):
                self._note("I6", task, f"its epoch fell from {self._epochs[task]} to {epoch}")
            self._epochs[task] = epoch
        for owner, tasks in Counter(one.owner for one in running).items():
            if tasks > self._slots:
                self._note("I10", owner, f"{tasks} tasks in {self._slots} slots")

    def _finality(self, builds: list[Any], again: int) -> None:
        """A final state stays, unless somebody ran the build again."""
        if again != self._again:
            self._finals, self._again = {}, again
        for build, state, _ in builds:
            before = self._finals.get(build, state)
            if before != state:
                self._note("I3", build, f"was {before} and is {state}")
            if state in FINAL:
                self._finals[build] = state

    def _note(self, name: str, subject: str, what: str) -> None:
        self.broken.setdefault(f"{name} {subject}", Broken(name, subject, what))
