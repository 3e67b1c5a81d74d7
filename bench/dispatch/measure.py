"""One measurement: how long the items took, and what CPU this process and its children spent on them."""

from __future__ import annotations

import json
import resource
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Figure:
    """`cpu_s` is user and system time of the process that did the work, its children included; `queries` a task."""

    system: str
    database: str
    slots: int
    items: int
    wall_s: float
    cpu_s: float
    queries: float | None = None

    @property
    def per_s(self) -> float:
        return self.items / self.wall_s

    @property
    def cpu_ms(self) -> float:
        return 1000 * self.cpu_s / self.items

    def print(self) -> None:
        print(json.dumps(asdict(self)), flush=True)


class Meter:
    """Started when the first item may run, read when the last is done."""

    def __init__(self) -> None:
        self._wall = time.perf_counter()
        self._cpu = cpu_s()

    def read(self) -> tuple[float, float]:
        """(wall seconds, CPU seconds) since it was made."""
        return time.perf_counter() - self._wall, cpu_s() - self._cpu


def cpu_s() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
