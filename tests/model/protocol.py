"""The protocol of tasks and leases as a transition system: what every process may do next, one statement at a time.

A build of at most two tasks (the second needs the first, which may be divided into a part), workers and sweepers. Time
is abstract: a lease may run out and a timer come due at any moment. A process that is not scheduled for a while is one
that is stopped and wakes later (SIGSTOP), so that every run with zombies is among those that the search goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from tests.model import rows
from tests.model.rows import Guards, Limits, Row

# Who makes a move: the system itself, a fault, a person. Only the system's count for "an end can be reached".
Kind = Literal["system", "fault", "person"]
GOING, PAUSED, DONE, BROKEN, CANCELLED = "running", "paused", "succeeded", "failed", "cancelled"
FIRST, SECOND, PART = 0, 1, 2
ABSENT = Row("absent")
REAL, ALL = Limits(), Guards()


class Worker(NamedTuple):
    """A slot. `known` is how many steps of the journal it knows; it reads them with the claim."""

    at: Literal["idle", "works", "decides"] = "idle"
    task: int = 0
    epoch: int = 0
    known: int = 0


class Sweeper(NamedTuple):
    """`at` is what it is about to do to the row as it read it."""

    at: Literal["idle", "revoke", "stall", "wake", "decide"] = "idle"
    task: int = 0
    epoch: int = 0
    crashes: int = 0


class System(NamedTuple):
    """Everything that decides what can happen next."""

    build: str
    tasks: tuple[Row, ...]
    workers: tuple[Worker, ...]
    sweepers: tuple[Sweeper, ...]


class Move(NamedTuple):
    """A transition."""

    label: str
    kind: Kind
    after: System


class Protocol:
    """The transitions of a system with these sizes. `tasks` is 1 or 2; `parts` allows to divide the
    first, `pauses` to pause the build; without `people` nobody answers, cancels or hurries."""

    def __init__(
        self,
        *,
        tasks: int = 1,
        workers: int = 2,
        sweepers: int = 2,
        limits: Limits = REAL,
        guards: Guards = ALL,
        parts: bool = False,
        pauses: bool = False,
        people: bool = True,
    ) -> None:
        self.limits, self.guards = limits, guards
        self._parts, self._pauses, self._with_people = parts, pauses, people
        first = [Row(rows.READY), Row(rows.PENDING)][:tasks] + ([ABSENT] * (3 - tasks) if parts else [])
        self.start = System(GOING, tuple(first), (Worker(),) * workers, (Sweeper(),) * sweepers)

    def moves(self, system: System) -> Iterator[Move]:
        """All that can happen next."""
        for who, worker in enumerate(system.workers):
            yield from self._work(system, who, worker)
        for who, sweeper in enumerate(system.sweepers):
            yield from self._sweep(system, who, sweeper)
        for which, row in enumerate(system.tasks):
            yield from self._time(system, which, row)
        yield from self._people(system)

    def _work(self, system: System, who: int, worker: Worker) -> Iterator[Move]:
        name = f"worker {who + 1}"
        if worker.at == "idle":
            for which, row in enumerate(system.tasks if system.build == GOING else ()):
                after = rows.claim(row)
                if after is not None:
                    taken = Worker("works", which, after.epoch, row.steps)
                    yield _move(f"{name} claims {which + 1}", self._put(system, which, after), who, taken)
            return
        yield _move(f"{name} dies", system, who, Worker(), "fault")
        if worker.at == "decides":
            for label, decided in self._decide(system, worker.task, worker.epoch):
                yield _move(f"{name} {label}", decided, who, Worker())
            return
        row, epoch, guards = system.tasks[worker.task], worker.epoch, self.guards
        if worker.known < self.limits.keys:
            written = rows.step(row, epoch, worker.known, guards)
            if written is not None:
                on = worker._replace(known=worker.known + 1)
                yield _move(f"{name} writes step {on.known}", self._put(system, worker.task, written), who, on)
        else:
            yield self._end(system, who, worker, "succeeds", rows.succeed(row, epoch, guards))
        if row.waits < self.limits.waits:
            after = rows.fail(row, epoch, guards, outside=True)
            yield self._end(system, who, worker, "finds the provider away", after, then="decides")
        yield self._end(system, who, worker, "fails", rows.fail(row, epoch, guards), then="decides")
        yield self._end(system, who, worker, "shuts down", rows.release(row, epoch, guards))

    def _end(
        self,
        system: System,
        who: int,
        worker: Worker,
        label: str,
        after: Row | None,
        then: Literal["idle", "decides"] = "idle",
    ) -> Move:
        """An end that the fence lets through, or the worker hears that it is fenced and stops."""
        if after is None:
            return _move(f"worker {who + 1} is fenced", system, who, Worker())
        left = Worker() if then == "idle" else worker._replace(at=then, known=0)
        return _move(f"worker {who + 1} {label}", self._put(system, worker.task, after), who, left)

    def _sweep(self, system: System, who: int, sweeper: Sweeper) -> Iterator[Move]:
        name = f"sweeper {who + 1}"
        if sweeper.at == "idle":
            for which, row in enumerate(system.tasks):
                for what in self._due(system, which, row):
                    seen = Sweeper(what, which, row.epoch, row.crashes if what == "revoke" else 0)
                    yield _read(f"{name} reads {which + 1} to {what} it", system, who, seen)
            return
        row, epoch = system.tasks[sweeper.task], sweeper.epoch
        if sweeper.at == "decide":
            for label, decided in self._decide(system, sweeper.task, epoch):
                yield _read(f"{name} {label}", decided, who, Sweeper())
            return
        if sweeper.at == "wake":
            moved = rows.wake(row, epoch)
        elif sweeper.at == "stall":
            moved = rows.revoke_stalled(row, epoch)
        else:
            moved = rows.revoke_lost(row, epoch, sweeper.crashes, self.limits)
            yield from self._revoke_unclear(system, who, sweeper)
        after = system if moved is None else self._put(system, sweeper.task, moved)
        yield _read(f"{name} {sweeper.at}s {sweeper.task + 1}" if moved else f"{name} is late", after, who, Sweeper())

    def _revoke_unclear(self, system: System, who: int, sweeper: Sweeper) -> Iterator[Move]:
        """projects.engine.blame: the worker ran other tasks too, so that the death does not count, a few times."""
        row = system.tasks[sweeper.task]
        for apart in (False, True) if row.unclear < self.limits.unclear else ():
            moved = rows.revoke_lost(row, sweeper.epoch, sweeper.crashes, self.limits, counts=False, apart=apart)
            if moved is not None:
                label = f"sweeper {who + 1} revokes {sweeper.task + 1}, blames nobody{', holds it back' * apart}"
                yield _read(label, self._put(system, sweeper.task, moved), who, Sweeper())

    def _due(self, system: System, which: int, row: Row) -> Iterator[Literal["revoke", "stall", "wake", "decide"]]:
        """projects.engine.sweep: what its queries find. A dead owner is seen by its free lock, another by its lease."""
        if row.state == rows.RUNNING:
            here = any(x.at == "works" and x.task == which and x.epoch == row.epoch for x in system.workers)
            if row.expired or not here:
                yield "revoke"
            yield "stall"
        elif row.state == rows.WAITING and row.due:
            yield "wake" if row.wait == rows.TIMER else "decide"

    def _decide(self, system: System, which: int, epoch: int) -> Iterator[tuple[str, System]]:
        """recovery: any choice that its budgets allow, each through projects.engine.decisions; where somebody was
        faster, nothing."""
        row, guards = system.tasks[which], self.guards
        options: list[tuple[str, Callable[[], Row | None]]] = [("gives up", lambda: rows.give_up(row, epoch, guards))]
        if row.attempts < self.limits.attempts:
            options.append(("retries", lambda: rows.retry(row, epoch, guards, at_once=True)))
            options.append(("retries later", lambda: rows.retry(row, epoch, guards)))
            options.append(("begins afresh", lambda: rows.retry(row, epoch, guards, fresh=True)))
        options.append(("asks a person", lambda: rows.ask_person(row, epoch, guards)))
        options.append(("postpones", lambda: rows.postpone(row, epoch, guards)))
        late = False
        for label, option in options:
            after = option()
            if after is None:
                late = True
            else:
                yield f"{label} on {which + 1}", self._put(system, which, after)
        if self._parts and which == FIRST and system.tasks[PART] == ABSENT:
            after = rows.supersede(row, epoch, guards)
            if after is not None:
                divided = _with(_with(system, which, after), PART, Row(rows.READY))
                yield f"divides {which + 1}", self._settled(divided)
        if late:
            yield "is late", system

    def _time(self, system: System, which: int, row: Row) -> Iterator[Move]:
        if row.state == rows.RUNNING and not row.expired:
            yield Move(f"the lease of {which + 1} ends", "system", _with(system, which, row._replace(expired=True)))
        if row.state == rows.RUNNING and row.expired:
            holders = (x for x in system.workers if x.at == "works" and x.task == which)
            renewed = rows.renew(row) if any(holders) else None
            if renewed is not None:
                yield Move(f"a heartbeat for {which + 1}", "system", _with(system, which, renewed))
        if row.state == rows.WAITING and not row.due:
            yield Move(f"the timer of {which + 1} is due", "system", _with(system, which, row._replace(due=True)))

    def _people(self, system: System) -> Iterator[Move]:
        if not self._with_people or system.build not in {GOING, PAUSED}:
            return
        ended = System(CANCELLED, tuple(map(rows.cancel, system.tasks)), system.workers, system.sweepers)
        yield Move("the build is cancelled", "person", ended)
        if self._pauses and system.build == GOING:
            yield Move("the build is paused", "person", system._replace(build=PAUSED))
        if system.build == PAUSED:
            # counted to the system: that a paused build waits for its resumption is what was asked for
            yield Move("the build is resumed", "system", self._settled(system._replace(build=GOING)))
        for which, row in enumerate(system.tasks):
            answered, hurried = rows.answer(row), rows.hurry(row)
            if answered is not None:
                yield Move(f"a person answers about {which + 1}", "person", self._put(system, which, answered))
            if hurried is not None:
                yield Move(f"a member retries {which + 1} now", "person", self._put(system, which, hurried))

    def _put(self, system: System, which: int, row: Row) -> System:
        """The row changed, and in the same transaction what follows: dependents READY, the build's end."""
        return self._settled(_with(system, which, row))

    def _settled(self, system: System) -> System:
        """projects.engine.ready.MAKE_READY and projects.engine.settle.settle."""
        tasks = system.tasks
        if len(tasks) > SECOND and tasks[SECOND].state == rows.PENDING and needs_done(tasks):
            system = _with(system, SECOND, tasks[SECOND]._replace(state=rows.READY))
            tasks = system.tasks
        if system.build not in {GOING, PAUSED}:
            return system
        if any(row.state in rows.BROKEN for row in tasks):
            return system._replace(build=BROKEN, tasks=tuple(map(rows.cancel, tasks)))
        if system.build == GOING and not any(row.state in rows.LIVE for row in tasks):
            return system._replace(build=DONE)
        return system


def needs_done(tasks: tuple[Row, ...]) -> bool:
    """Whether the second task's needs are done: the first, or the part that took its place."""
    if tasks[FIRST].state == rows.SUPERSEDED:
        return tasks[PART].state == rows.SUCCEEDED
    return tasks[FIRST].state == rows.SUCCEEDED


def _with(system: System, which: int, row: Row) -> System:
    return system._replace(tasks=(*system.tasks[:which], row, *system.tasks[which + 1 :]))


def _move(label: str, system: System, who: int, worker: Worker, kind: Kind = "system") -> Move:
    workers = (*system.workers[:who], worker, *system.workers[who + 1 :])
    return Move(label, kind, system._replace(workers=workers))


def _read(label: str, system: System, who: int, sweeper: Sweeper) -> Move:
    sweepers = (*system.sweepers[:who], sweeper, *system.sweepers[who + 1 :])
    return Move(label, "system", system._replace(sweepers=sweepers))
