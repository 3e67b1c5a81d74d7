"""All processes of a run: servers, workers on two hosts, web, gateway, beat, and what faults add. Whatever ends is
started again, as a supervisor would."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence

from autodev.up import commands
from bench.chaos import servers
from bench.chaos.places import Places
from bench.chaos.process import Process

# Three workers; the third is on another host, so that nobody sees its death but by its lease.
HOSTS = ("host-a", "host-a", "host-b")


class Fleet:
    """`armed` waits for the next start of a worker: environment of one life."""

    def __init__(self, places: Places) -> None:
        env = places.environment()
        self._places, self._env = places, env
        self.postgres = servers.postgres(places)
        self.redis = servers.redis(places)
        self.workers = [
            self._process(f"worker-{number}", commands.worker({}).argv, {**env, "CHAOS_HOST": host})
            for number, host in enumerate(HOSTS)
        ]
        self.web = self._process("web", commands.web("127.0.0.1", places.port, {}).argv, env)
        gateway = commands.gateway("127.0.0.1", places.gateway_port, {})
        self.gateway = self._process("gateway", gateway.argv, env)
        self.beat = self._process("beat", commands.beat(places.data, {}).argv, env)
        self.extra: list[Process] = []
        self.armed: deque[dict[str, str]] = deque()
        self.frozen: set[int] = set()

    def _process(self, name: str, argv: Sequence[str], env: dict[str, str]) -> Process:
        return Process(name=name, argv=list(argv), env=env, log=self._places.logs / f"{name}.log")

    @property
    def all(self) -> list[Process]:
        return [self.postgres, self.redis, *self.workers, self.web, self.gateway, self.beat, *self.extra]

    def tick(self) -> list[Process]:
        """Starts what is due; gives what has just ended."""
        now = time.monotonic()
        for worker in self.workers:
            if not worker.pid and self.armed and not worker.next_env:
                worker.next_env = self.armed.popleft()
        ended = [one for one in self.all if one.tick(now) is not None]
        self.extra = [one for one in self.extra if one.pid or one.wanted]
        return ended

    def add(self, name: str, argv: list[str]) -> Process:
        """One more process, which is not started again when it ends."""
        made = self._process(name, [sys.executable, *argv], self._env)
        made.tick(time.monotonic())
        made.wanted = False
        self.extra.append(made)
        return made

    def second_beat(self) -> Process:
        argv = [*commands.beat(self._places.data / "second", {}).argv]
        (self._places.data / "second").mkdir(exist_ok=True)
        return self.add("beat-2", argv[1:])

    def second_sweeper(self) -> Process:
        return self.add("sweeper", ["-m", "bench.chaos.sweeper"])

    def worker_of(self, owner: str) -> Process | None:
        """The worker that is this incarnation, by the process id in its name."""
        pid = owner.rsplit("-", 2)[1] if owner.count("-") > 1 else ""
        return next((one for one in self.workers if str(one.pid) == pid), None)

    def deploy(self, process: Process) -> bool:
        """SIGTERM; the next one starts when it has ended."""
        return process.send(signal.SIGTERM)

    def heal(self) -> None:
        """From here on nothing is armed and nobody is frozen."""
        self.armed.clear()
        for process in self.all:
            process.next_env = {}
            process.send(signal.SIGCONT)
        for pid in servers.children_of(self.postgres.pid):
            process_signal(pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ends everything, the servers last."""
        for process in [*self.extra, self.beat, *self.workers, self.gateway, self.web]:
            process.stop()
        self.redis.stop()
        self.postgres.stop(signal.SIGINT)


def process_signal(pid: int, sign: signal.Signals) -> None:
    """A signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)
