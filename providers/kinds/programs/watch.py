"""Limits that a program is held to from outside, whatever it does itself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from django.conf import settings

from autodev.contracts.job import Job
from autodev.contracts.ports import Cancelled
from autodev.lib import clock
from providers.kinds.base import ProviderFailure
from providers.targets import Target

T = TypeVar("T")
LOOK_S = 0.5
# A model that is away is the gateway's matter first: a program that tries again this often gets nowhere.
RETRIES = 3
EMPTY_ANSWERS = 3


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Seconds, counts, US dollars. `retries`: waits of the program's own before it asks again, in a row. `empty`:
    answers in a row that say and do nothing."""

    wall_s: float
    silence_s: float
    turns: int
    retries: int = RETRIES
    empty: int = EMPTY_ANSWERS
    budget_usd: Decimal | None = None


def bounds_of(job: Job, target: Target) -> Bounds:
    """From the settings, the provider's parameters (`max_turns`, `run_seconds`, `silence_seconds`), which only lower
    them, and what the job may still take and spend. Raises ProviderFailure where its time or money is used up."""
    wall_s = float(_least(settings.AGENT_RUN_SECONDS, target.params.get("run_seconds")))
    if job.deadline is not None:
        wall_s = min(wall_s, (job.deadline - clock.utcnow()).total_seconds())
        if wall_s <= 0:
            raise ProviderFailure("timeout", "the build's deadline has passed")
    if job.budget_usd is not None and job.budget_usd <= 0:
        raise ProviderFailure("budget", "the job's budget is used up")
    return Bounds(
        wall_s=wall_s,
        silence_s=float(_least(settings.AGENT_SILENCE_SECONDS, target.params.get("silence_seconds"))),
        turns=int(_least(settings.AGENT_MAX_TURNS, target.params.get("max_turns"))),
        budget_usd=job.budget_usd,
    )


def _least(most: float, wanted: float | None) -> float:
    return min(most, wanted) if wanted else most


class Watch:
    """Told what was seen; `verdict` says which limit is passed. `now` gives seconds that only go on."""

    def __init__(self, bounds: Bounds, *, now: Callable[[], float] = clock.monotonic) -> None:
        self.bounds = bounds
        self._now = now
        self._begun = self._sign = now()
        self._tools = 0
        self._retries = self._empty = 0
        self._complaint = ""
        self.turns = 0
        self.spent_usd = Decimal(0)

    def alive(self) -> None:
        """The model or a tool did something."""
        self._sign = self._now()

    def running(self, tools: int) -> None:
        """So many tools are under way, in which silence says nothing."""
        self._tools = tools
        self.alive()

    def answered(self, *, empty: bool) -> None:
        """A whole answer of the model; `empty`: it neither says nor calls anything that can be understood."""
        self.turns += 1
        self._empty = self._empty + 1 if empty else 0
        self._retries = 0
        self.alive()

    def retried(self, complaint: str) -> None:
        """The program waits before it asks again. That is no sign of life."""
        self._retries += 1
        self._complaint = complaint

    def spent(self, usd: Decimal) -> None:
        """What the run has cost so far, by the ledger."""
        self.spent_usd = usd

    @property
    def left_s(self) -> float:
        return self.bounds.wall_s - (self._now() - self._begun)

    def verdict(self) -> ProviderFailure | None:
        """The failure of a limit that is passed; `details["limit"]` names it: wall, silence, turns, retries, empty,
        budget."""
        return next((_over(*found) for passed, *found in self._limits() if passed), None)

    def _limits(self) -> Iterator[tuple[bool, str, str, str]]:
        bounds = self.bounds
        spent = bounds.budget_usd is not None and self.spent_usd >= bounds.budget_usd
        yield spent, *_budget(bounds)
        empty = f"{self._empty} answers in a row said and did nothing."
        yield self._empty >= bounds.empty, "empty", "empty_answer", empty
        complaint = self._complaint or "The model did not answer."
        yield self._retries >= bounds.retries, "retries", "unavailable", complaint
        turns = f"More than {bounds.turns} answers of the model were used up."
        yield self.turns > bounds.turns, "turns", "code_error", turns
        yield self.left_s <= 0, "wall", "timeout", f"It was still at work after {bounds.wall_s:g} s."
        silent = not self._tools and self._now() - self._sign >= bounds.silence_s
        yield silent, "silence", "timeout", f"It said nothing for {bounds.silence_s:g} s while no tool ran."


def used_up(bounds: Bounds) -> ProviderFailure:
    """The failure of a program that was refused another call."""
    return _over(*_budget(bounds))


def _budget(bounds: Bounds) -> tuple[str, str, str]:
    return "budget", "budget", f"The job's budget of {bounds.budget_usd} USD is used up."


def _over(limit: str, kind: str, message: str) -> ProviderFailure:
    return ProviderFailure(kind, message, details={"limit": limit})


async def watched(
    events: AsyncIterator[T],
    watch: Watch,
    *,
    cancel: threading.Event,
    look: Callable[[], Awaitable[None]] | None = None,
    every_s: float = LOOK_S,
) -> AsyncIterator[T]:
    """The events as they come, with the limits looked at between them and while none comes. `look` is called then too,
    about each `every_s` seconds. Raises what `verdict` gives, Cancelled, and what the events and `look` raise."""
    waiting = asyncio.ensure_future(anext(events))
    next_look = 0.0
    try:
        while True:
            done, _ = await asyncio.wait({waiting}, timeout=every_s)
            if cancel.is_set():
                raise Cancelled
            if look is not None and (now := clock.monotonic()) >= next_look:
                await look()
                next_look = now + every_s
            if not done:
                if found := watch.verdict():
                    raise found
                continue
            try:
                event = waiting.result()
            except StopAsyncIteration:
                return
            yield event
            if found := watch.verdict():
                raise found
            waiting = asyncio.ensure_future(anext(events))
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
