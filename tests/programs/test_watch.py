"""Limits from outside: each is passed by what was seen, and by nothing else."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import Settings

from autodev.contracts.job import Job, JobKind
from autodev.contracts.ports import Cancelled
from autodev.lib import clock
from providers.kinds.base import ProviderFailure
from providers.kinds.programs.watch import Bounds, Watch, bounds_of, watched
from tests.routing.fakes import target

pytestmark = pytest.mark.feature("F2.2")
BOUNDS = Bounds(wall_s=100, silence_s=10, turns=5, budget_usd=Decimal(1))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Clock:
    return Clock()


@pytest.fixture
def watch(time: Clock) -> Watch:
    return Watch(BOUNDS, now=time)


def limit(watch: Watch) -> tuple[str, str] | None:
    found = watch.verdict()
    return (found.details["limit"], found.kind) if found else None


def test_silence_counts_while_no_tool_runs(watch: Watch, time: Clock) -> None:
    time.now += 9
    assert limit(watch) is None
    watch.alive()
    time.now += 9
    watch.running(1)
    time.now += 60
    assert limit(watch) is None
    watch.running(0)
    time.now += 9.5
    assert limit(watch) is None
    time.now += 1
    assert limit(watch) == ("silence", "timeout")


def test_waits_to_ask_again_are_no_sign_of_life(watch: Watch, time: Clock) -> None:
    time.now += 6
    watch.retried("429")
    time.now += 5
    assert limit(watch) == ("silence", "timeout")


def test_a_few_retries_in_a_row_are_enough(watch: Watch) -> None:
    for _ in range(2):
        watch.retried("overloaded (529)")
    watch.answered(empty=False)
    for _ in range(2):
        watch.retried("overloaded (529)")
    assert limit(watch) is None
    watch.retried("overloaded (529)")
    assert limit(watch) == ("retries", "unavailable")
    assert "529" in str(watch.verdict())


def test_empty_answers_in_a_row_are_a_loop(watch: Watch) -> None:
    for empty in (True, True, False, True, True):
        watch.answered(empty=empty)
    assert limit(watch) is None
    watch.answered(empty=True)
    assert limit(watch) == ("empty", "empty_answer")


def test_turns_time_and_money(watch: Watch, time: Clock) -> None:
    for _ in range(5):
        watch.answered(empty=False)
    assert limit(watch) is None
    watch.answered(empty=False)
    assert limit(watch) == ("turns", "code_error")
    watch.spent(Decimal(1))
    assert limit(watch) == ("budget", "budget")
    late = Watch(BOUNDS, now=time)
    late.running(1)
    time.now += 100
    assert limit(late) == ("wall", "timeout")
    assert late.left_s == 0


def job(**more: Any) -> Job:
    return Job(kind=JobKind.IMPLEMENT, task_id="t", epoch=1, brief="", context=None, ports=None, **more)  # type: ignore[arg-type]


def test_bounds_are_the_lowest_of_what_holds(settings: Settings) -> None:
    settings.AGENT_RUN_SECONDS, settings.AGENT_SILENCE_SECONDS, settings.AGENT_MAX_TURNS = 500, 50, 40
    assert bounds_of(job(), target("a")) == Bounds(wall_s=500, silence_s=50, turns=40)
    lower = target("a", params={"run_seconds": 90, "silence_seconds": 900, "max_turns": 7})
    assert bounds_of(job(budget_usd=Decimal(2)), lower) == Bounds(
        wall_s=90, silence_s=50, turns=7, budget_usd=Decimal(2)
    )
    soon = job(deadline=clock.utcnow() + dt.timedelta(seconds=20))
    assert 15 < bounds_of(soon, lower).wall_s <= 20
    with pytest.raises(ProviderFailure, match="deadline"):
        bounds_of(job(deadline=clock.utcnow() - dt.timedelta(seconds=1)), lower)
    with pytest.raises(ProviderFailure, match="budget"):
        bounds_of(job(budget_usd=Decimal(0)), lower)


async def never() -> AsyncIterator[int]:
    yield 1
    await asyncio.Event().wait()


async def three() -> AsyncIterator[int]:
    for number in range(3):
        yield number


async def collected(
    events: AsyncIterator[int], watch: Watch, cancel: threading.Event, look: Callable[[], Any] | None = None
) -> list[int]:
    return [one async for one in watched(events, watch, cancel=cancel, look=look, every_s=0.01)]


async def test_events_go_through() -> None:
    assert await collected(three(), Watch(BOUNDS), threading.Event()) == [0, 1, 2]


async def test_silence_ends_what_never_ends(watch: Watch, time: Clock) -> None:
    looks = []

    async def look() -> None:
        looks.append(time.now)
        time.now += 6

    with pytest.raises(ProviderFailure, match="said nothing"):
        await collected(never(), watch, threading.Event(), look)
    assert len(looks) >= 2


async def test_a_wish_to_stop_is_heard_while_nothing_comes(watch: Watch) -> None:
    cancel = threading.Event()

    async def look() -> None:
        cancel.set()

    with pytest.raises(Cancelled):
        await collected(never(), watch, cancel, look)
