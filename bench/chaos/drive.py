"""The loop of a run: keeps the processes up, begins and ends the faults, waits for rest."""

from __future__ import annotations

import contextlib
import signal
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from bench.chaos.orders import Order
from bench.chaos.process import Process
from bench.chaos.product import Asker
from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector_of

TICK_S = 0.05
# A fault without a target is tried again for so long: a sandbox to kill must run first.
PATIENCE_S = 40.0
# After the last fault: what still moves may go on for so long, and nothing may stand still for longer than that.
REST_S = 600.0
STILL_S = 120.0
JOB_PATIENCE_S = 150.0


@dataclass(slots=True)
class Done:
    """What became of a planned fault. `target` is empty where there was nothing to hit."""

    planned: Planned
    target: str = ""
    begun_s: float = 0.0

    @property
    def injected(self) -> bool:
        return bool(self.target)


@dataclass(slots=True)
class Run:
    """One run under way. `unasked` are processes that ended although no fault ended them: name, exit code,
    process id."""

    world: World
    asker: Asker
    plan: Sequence[Planned]
    say: Callable[[str], None]
    done: list[Done] = field(default_factory=list)
    unasked: list[tuple[str, int, int]] = field(default_factory=list)
    _ends: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _jobs: list[Future[None]] = field(default_factory=list)
    _trying: deque[Planned] = field(default_factory=deque)
    _begun: float = 0.0

    def warm(self, order: Order, *, timeout_s: float = 300.0) -> None:
        """One build before the first fault: what is installed once is there then. Raises TimeoutError."""
        self._begun = end = time.monotonic()
        self.asker.begin(order)
        while (sight := self.world.watch.sight).live() or order.key not in self.world.accepted or not sight.builds:
            self._step(asking=False)
            if time.monotonic() - end > timeout_s:
                raise TimeoutError("a build without faults does not end")

    def inject(self, seconds: float) -> None:
        """All planned faults, over `seconds`; then whatever they changed is set right again, but not what they broke:
        that is the product's."""
        self._begun = time.monotonic()
        waiting, told = deque(self.plan), 0.0
        while self.since_s < seconds or waiting or self._trying or self._ends:
            self._step()
            while waiting and waiting[0].at_s <= self.since_s:
                self._trying.append(waiting.popleft())
            for _ in range(len(self._trying)):
                planned = self._trying.popleft()
                if not self._try(planned):
                    self._trying.append(planned)
            if self.since_s >= told:
                told += 30.0
                self.say(self._line())
        self._settle()

    def rest(self, *, limit_s: float = REST_S, still_s: float = STILL_S) -> float:
        """Until every build has ended, or nothing moves any more; seconds since the last fault."""
        begun = time.monotonic()
        while True:
            self._step()
            now, sight = time.monotonic(), self.world.watch.sight
            if self.asker.done and set(self.world.builds) <= set(sight.builds) and not sight.live():
                return now - begun
            if now - begun > limit_s or now - max(sight.moved_at, begun) > still_s:
                return now - begun

    def restart_workers(self, *, timeout_s: float = 60.0) -> None:
        """In order, one after the other: what a crash left is looked for at each start."""
        for worker in self.world.fleet.workers:
            before = worker.pid
            worker.send(signal.SIGTERM)
            end = time.monotonic() + timeout_s
            while worker.pid in {0, before} and time.monotonic() < end:
                self._step()

    def idle(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._step()

    @property
    def since_s(self) -> float:
        return time.monotonic() - self._begun

    def _step(self, *, asking: bool = True) -> None:
        for process in self.world.fleet.tick():
            self._notice(process)
        if asking:
            self.asker.tick(self.since_s)
        now = time.monotonic()
        due = [one for one in self._ends if one[0] <= now]
        self._ends = [one for one in self._ends if one[0] > now]
        for _, end in due:
            end()
        time.sleep(TICK_S)

    def _try(self, planned: Planned) -> bool:
        """Whether it is over with: injected, or given up."""
        if self.since_s - planned.at_s > PATIENCE_S:
            self.done.append(Done(planned))
            return True
        injected: Injected | None = injector_of(planned.kind)(self.world, planned)
        if injected is None:
            return False
        self.done.append(Done(planned, injected.target, round(self.since_s, 2)))
        if injected.end is not None:
            self._ends.append((time.monotonic() + planned.lasts_s, injected.end))
        if injected.job is not None:
            self._jobs.append(self.world.pool.submit(injected.job))
        return True

    def _notice(self, process: Process) -> None:
        code, ours, pid = process.ends[-1]
        if not ours and process not in self.world.fleet.extra:
            self.unasked.append((process.name, code, pid))

    def _settle(self) -> None:
        for _, finish in self._ends:
            finish()
        self._ends.clear()
        self.world.over.set()
        for upstream in self.world.lab.upstreams:
            upstream.heal()
        self.world.fleet.heal()
        end = time.monotonic() + JOB_PATIENCE_S
        while any(not job.done() for job in self._jobs) and time.monotonic() < end:
            self._step()
        for job in self._jobs:
            with contextlib.suppress(Exception):  # a job whose server was away has done what it could
                job.result(timeout=0)

    def _line(self) -> str:
        hit = sum(one.injected for one in self.done)
        sight = self.world.watch.sight
        ended = len(sight.builds) - len(sight.live())
        builds = f"{len(sight.builds)} builds, {ended} ended, {len(sight.running)} tasks run"
        return f"{self.since_s:5.0f} s  {hit} faults, {builds}"
