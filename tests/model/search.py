"""Breadth-first search over all that the protocol can do, up to what is alike, with the invariants in each state and of
each move. A violation comes with the shortest way to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from tests.model.invariants import MOVES, STATES
from tests.model.protocol import Move, Protocol, System
from tests.model.rows import FINAL, QUARANTINED


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many states and moves there are, how deep the last one lies, and the first violation: what was broken and
    the moves that led there. `stuck` are states from which the system alone cannot come to an end."""

    states: int
    moves: int
    depth: int
    broken: str = ""
    trace: tuple[str, ...] = field(default=())
    stuck: int = 0


def search(protocol: Protocol, *, only: str = "", at_most: int = 1_000_000) -> Found:
    """Explores every reachable state; stops at the first violation (of the invariant `only`, where given). Raises
    MemoryError beyond `at_most` states."""
    states = {name: check for name, check in STATES.items() if name == (only or name)}
    moves = {name: check for name, check in MOVES.items() if name == (only or name)}
    numbers: dict[Hashable, int] = {alike(protocol.start): 0}
    came: list[tuple[int, str]] = [(-1, "")]
    depths = [0]
    into: list[list[int]] = [[]]
    ends: list[int] = []
    queue = deque([(0, protocol.start)])
    seen_moves = 0
    while queue:
        number, system = queue.popleft()
        if all(row.state in FINAL or row.state in {QUARANTINED, "absent"} for row in system.tasks):
            ends.append(number)
        for move in protocol.moves(system):
            seen_moves += 1
            key = alike(move.after)
            there = numbers.get(key)
            new = there is None
            if there is None:
                there = numbers[key] = len(came)
                if there >= at_most:
                    raise MemoryError(f"more than {at_most} states")
                came.append((number, move.label))
                depths.append(depths[number] + 1)
                into.append([])
                queue.append((there, move.after))
            if move.kind == "system" and there != number:
                into[there].append(number)
            broken = _broken(system, move, states, moves, new=new)
            if broken:
                trace = (*_trace(came, number), f"{move.label}: {shown(move.after)}")
                return Found(states=len(came), moves=seen_moves, depth=depths[number] + 1, broken=broken, trace=trace)
    stuck = len(came) - _reach(into, ends)
    return Found(states=len(came), moves=seen_moves, depth=depths[-1], stuck=stuck)


def alike(system: System) -> Hashable:
    """Equal for systems that behave alike: workers and sweepers have no names, and of an epoch only counts whether it
    is the row's."""
    tasks = system.tasks
    workers = sorted([(one.at, one.task, one.known, one.epoch == tasks[one.task].epoch) for one in system.workers])
    sweepers = sorted([(one.at, one.task, one.crashes, one.epoch == tasks[one.task].epoch) for one in system.sweepers])
    return system.build, tuple([(row[0], *row[2:]) for row in tasks]), tuple(workers), tuple(sweepers)


def shown(system: System) -> str:
    """The state in a line."""
    tasks = ", ".join(
        f"{which}: {row.state}{f'({row.wait})' if row.wait else ''} at epoch {row.epoch}"
        for which, row in enumerate(system.tasks, start=1)
        if row.state != "absent"
    )
    held = ", ".join(
        f"worker {who} {worker.at} on {worker.task + 1} at epoch {worker.epoch}"
        for who, worker in enumerate(system.workers, start=1)
        if worker.at != "idle"
    )
    return f"build {system.build}; {tasks}" + (f"; {held}" if held else "")


def _broken(
    before: System,
    move: Move,
    states: dict[str, Callable[[System], bool]],
    moves: dict[str, Callable[[System, Move], bool]],
    *,
    new: bool,
) -> str:
    if move.after.tasks is not before.tasks or move.after.build != before.build:
        for name, holds in moves.items():
            if not holds(before, move):
                return name
    if new:
        for name, is_so in states.items():
            if not is_so(move.after):
                return name
    return ""


def _trace(came: list[tuple[int, str]], number: int) -> tuple[str, ...]:
    labels: list[str] = []
    while number > 0:
        number, label = came[number]
        labels.append(label)
    return tuple(reversed(labels))


def _reach(into: list[list[int]], ends: list[int]) -> int:
    """From how many states an end can be reached, against the moves."""
    seen = bytearray(len(into))
    for end in ends:
        seen[end] = 1
    waiting = list(ends)
    while waiting:
        for before in into[waiting.pop()]:
            if not seen[before]:
                seen[before] = 1
                waiting.append(before)
    return sum(seen)
