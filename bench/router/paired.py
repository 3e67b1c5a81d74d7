"""Differences between two ways to make a call, taken pair by pair in one process.

litellm's own CPU time varies by milliseconds from minute to minute, more than what is to be measured on top of it. So
each call (or batch of calls at once) of the one is followed at once by one of the other, in an order that changes, and
what counts is the median of the differences, with an interval by bootstrap (2,000 resamples, percentiles).
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

Call = Callable[[], Awaitable[object]]
RESAMPLES = 2000
A_BLOCK = 50  # calls, whose 99th percentile is one value


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Milliseconds. `low` to `high` hold the median with 95 % confidence. `pairs` is how many differences there are."""

    median: float
    low: float
    high: float
    pairs: int


@dataclass(slots=True)
class _Taken:
    cpu_ms: list[float]
    wall_ms: list[float]


async def paired(
    calls: Mapping[str, Call], against: Sequence[tuple[str, str]], *, pairs: int, at_a_time: int
) -> list[dict[str, Any]]:
    """`calls` by their names, each made `pairs` times in turns, one call or a batch of `at_a_time`; `against` names
    what is compared with which. CPU is that of the whole process while the call lasts, its other threads included."""
    order, dice = list(calls), random.Random(7)
    taken = {name: [_Taken([], []) for _ in range(pairs)] for name in calls}
    gc.collect()
    gc.disable()
    try:
        for number in range(pairs):
            dice.shuffle(order)
            for name in order:
                taken[name][number] = await _made(calls[name], at_a_time)
            if number % 20 == 0:
                gc.collect()
    finally:
        gc.enable()
    return [_compared(taken[one], taken[other], one, other, at_a_time) for one, other in against]


async def _made(call: Call, at_a_time: int) -> _Taken:
    wall: list[float] = []

    async def one() -> None:
        begun = time.perf_counter()
        await call()
        wall.append(1000 * (time.perf_counter() - begun))

    begun = time.process_time()
    await asyncio.gather(*(one() for _ in range(at_a_time)))
    return _Taken([1000 * (time.process_time() - begun) / at_a_time], wall)


def _compared(one: Sequence[_Taken], other: Sequence[_Taken], name: str, beside: str, at_a_time: int) -> dict[str, Any]:
    def values(taken: Sequence[_Taken], what: str) -> list[float]:
        return [statistics.fmean(getattr(each, what)) for each in taken]

    def tails(taken: Sequence[_Taken]) -> list[float]:
        every = [ms for each in taken for ms in each.wall_ms]
        blocks = [every[at : at + A_BLOCK] for at in range(0, len(every) - A_BLOCK + 1, A_BLOCK)]
        return [sorted(block)[int(0.99 * (len(block) - 1))] for block in blocks]

    return {
        "what": name, "beside": beside, "at_a_time": at_a_time,
        "cpu_ms": statistics.median(values(one, "cpu_ms")), "floor_ms": statistics.median(values(other, "cpu_ms")),
        "cpu": asdict(difference(values(one, "cpu_ms"), values(other, "cpu_ms"))),
        "wall": asdict(difference(values(one, "wall_ms"), values(other, "wall_ms"))),
        "p99": asdict(difference(tails(one), tails(other))),
    }  # fmt: skip


def difference(one: Sequence[float], other: Sequence[float]) -> Difference:
    """Of pairs: the values at the same place belong together."""
    gaps = [a - b for a, b in zip(one, other, strict=True)]
    low, high = interval(gaps)
    return Difference(median=statistics.median(gaps) if gaps else 0.0, low=low, high=high, pairs=len(gaps))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Between which two values the median lies with 95 % confidence."""
    if not values:
        return 0.0, 0.0
    dice = random.Random(11)
    medians = sorted(statistics.median(dice.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return medians[int(0.025 * RESAMPLES)], medians[int(0.975 * RESAMPLES) - 1]
