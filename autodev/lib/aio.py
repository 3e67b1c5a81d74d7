"""The event-loop thread of the process: models, agent programs and gateway streams run on it, slot threads wait on it.

A coroutine has no business with the ORM: `await in_caller(fn)` hands the function to the thread that waits in `run`,
which does the database's work meanwhile.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import queue
import threading
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Call:
    fn: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]

    def serve(self) -> None:
        try:
            value = self.fn()
        except BaseException as error:  # noqa: BLE001 - it is raised where the coroutine awaits
            self.loop.call_soon_threadsafe(self._settle, None, error)
        else:
            self.loop.call_soon_threadsafe(self._settle, value, None)

    def _settle(self, value: object, error: BaseException | None) -> None:
        if self.answer.done():  # the coroutine was cancelled meanwhile
            return
        if error is not None:
            self.answer.set_exception(error)
        else:
            self.answer.set_result(value)


_caller: ContextVar[queue.SimpleQueue[_Call | None] | None] = ContextVar("autodev_caller", default=None)
_start = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def _forget_loop() -> None:
    """The thread that ran the loop stayed in the parent process."""
    global _loop, _start  # noqa: PLW0603 - one loop a process
    _loop = None
    _start = threading.Lock()


os.register_at_fork(after_in_child=_forget_loop)


def loop() -> asyncio.AbstractEventLoop:
    """The loop of this process's event-loop thread, started at the first call."""
    global _loop  # noqa: PLW0603 - one loop a process
    with _start:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="event-loop", daemon=True).start()
        return _loop


def run(coroutine: Coroutine[Any, Any, T], *, cancel: threading.Event | None = None, poll_s: float = 0.1) -> T:
    """Runs the coroutine on the loop thread, waits, and gives its answer or raises its error. Meanwhile this thread
    serves `in_caller`. When `cancel` is set the coroutine is cancelled; concurrent.futures.CancelledError is then
    raised."""
    calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
    context = copy_context()
    context.run(_caller.set, calls)
    future = context.run(asyncio.run_coroutine_threadsafe, coroutine, loop())
    future.add_done_callback(lambda _: calls.put(None))
    while True:
        try:
            call = calls.get(timeout=poll_s if cancel is not None else None)
        except queue.Empty:
            if cancel is not None and cancel.is_set():
                future.cancel()
            continue
        if call is None:
            return future.result()
        call.serve()


def has_caller() -> bool:
    """Whether a thread waits in `run` for what runs here."""
    return _caller.get() is not None


async def in_caller(fn: Callable[[], T]) -> T:
    """Runs `fn` in the thread that waits in `run`. Raises RuntimeError outside of `run`."""
    calls = _caller.get()
    if calls is None:
        raise RuntimeError("in_caller is for coroutines that autodev.lib.aio.run started")
    here = asyncio.get_running_loop()
    answer: asyncio.Future[T] = here.create_future()
    calls.put(_Call(fn, here, answer))
    return await answer


def send(coroutine: Coroutine[Any, Any, Any], *, on: asyncio.AbstractEventLoop | None = None) -> None:
    """Starts the coroutine and does not wait; its errors are its own to handle."""
    handle: concurrent.futures.Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, on or loop())
    handle.add_done_callback(lambda done: None if done.cancelled() else done.exception())
