"""The cache of answers as the routing asks it: on an event loop, and one call for many who ask the same at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from autodev.lib.db import own_connections
from providers.chat import ChatRequest, Completion
from providers.money import cache
from providers.targets import Target

T = TypeVar("T")
Name = tuple[int, UUID, str]
WAIT_S = 60.0  # for another one who asks the same
STORING_S = 1.0  # between the end of who asked and the answer's arrival in the cache


class Asker(Protocol):
    """What the cache needs of a Need."""

    @property
    def workspace_id(self) -> UUID: ...

    @property
    def task_kind(self) -> str: ...


@dataclass(frozen=True)
class _Flight:
    """A request that somebody is making now."""

    leader: asyncio.Task[object] | None
    answer: asyncio.Future[Completion | None]


class AnswerCache:
    """Reads and writes on a thread of its own. Who finds nothing leads: others of this process who ask the same
    meanwhile wait until its answer is kept, or until it has ended without one; then the next one leads."""

    def __init__(self, *, wait_s: float = WAIT_S, storing_s: float = STORING_S) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="answer-cache")
        self._flights: dict[Name, _Flight] = {}
        self._wait_s, self._storing_s = wait_s, storing_s

    async def get(self, request: ChatRequest, need: Asker, target: Target) -> Completion | None:
        """The answer that was paid before. None: make it, and `put` it."""
        key = cache.request_hash(request, target)
        if not await self._on_thread(lambda: cache.allowed(need.workspace_id, need.task_kind)):
            return None
        name = (id(asyncio.get_running_loop()), need.workspace_id, key)
        while True:
            flight = self._flights.get(name)
            if flight is None or flight.leader is asyncio.current_task():
                return await self._lead(name, key)
            try:
                async with asyncio.timeout(self._wait_s):
                    answer = await asyncio.shield(flight.answer)
            except TimeoutError:
                return None
            if answer is not None:
                return answer

    async def put(self, request: ChatRequest, need: Asker, target: Target, completion: Completion) -> None:
        """Keeps it where it is whole and paid, and gives it to those who wait."""
        if not cache.worth_keeping(completion, target):
            return
        key = cache.request_hash(request, target)
        name = (id(asyncio.get_running_loop()), need.workspace_id, key)
        if name in self._flights:
            self._end(name, self._flights[name], completion)
        await self._on_thread(lambda: cache.keep(need.workspace_id, key, completion, task_kind=need.task_kind))

    def close(self) -> None:
        """Ends its thread."""
        self._thread.shutdown(cancel_futures=True)

    async def _lead(self, name: Name, key: str) -> Completion | None:
        loop, leader = asyncio.get_running_loop(), asyncio.current_task()
        flight = _Flight(leader, loop.create_future())
        self._flights[name] = flight
        try:
            found = await self._on_thread(lambda: cache.lookup(name[1], key))
        except BaseException:
            self._end(name, flight, None)
            raise
        if found is not None:
            self._end(name, flight, found)
        elif leader is not None:
            # Its answer comes by `put`, perhaps from another task, a moment after it has ended.
            leader.add_done_callback(lambda _: loop.call_later(self._storing_s, self._end, name, flight, None))
        return found

    def _end(self, name: Name, flight: _Flight, answer: Completion | None) -> None:
        if self._flights.get(name) is flight:
            del self._flights[name]
        if not flight.answer.done():
            flight.answer.set_result(answer)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        def owned() -> T:
            with own_connections():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._thread, owned)
