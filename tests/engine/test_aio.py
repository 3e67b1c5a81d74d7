"""The loop thread and the thread that waits for it."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from functools import partial

import pytest

from autodev.lib import aio


def test_a_coroutine_runs_on_the_loop_and_its_calls_in_the_waiting_thread() -> None:
    async def work() -> tuple[str, str]:
        return threading.current_thread().name, await aio.in_caller(lambda: threading.current_thread().name)

    assert aio.run(work()) == ("event-loop", threading.current_thread().name)
    assert aio.loop() is aio.loop()


def test_tasks_of_the_coroutine_reach_the_same_thread() -> None:
    async def work() -> list[int]:
        return await asyncio.gather(*(aio.in_caller(partial(pow, n, 2)) for n in range(5)))

    assert aio.run(work()) == [0, 1, 4, 9, 16]


def test_errors_come_through_both_ways() -> None:
    async def broken() -> None:
        raise KeyError("inside")

    async def calls_broken() -> str:
        try:
            await aio.in_caller(lambda: 1 / 0)
        except ZeroDivisionError:
            return "caught"
        return "missed"

    with pytest.raises(KeyError):
        aio.run(broken())
    assert aio.run(calls_broken()) == "caught"


def test_a_set_event_cancels_the_coroutine() -> None:
    cancel, cleaned = threading.Event(), threading.Event()

    async def work() -> None:
        cancel.set()
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.set()

    with pytest.raises(concurrent.futures.CancelledError):
        aio.run(work(), cancel=cancel, poll_s=0.01)
    assert cleaned.wait(60)


def test_an_answer_for_a_cancelled_coroutine_is_dropped() -> None:
    async def work() -> str:
        try:
            async with asyncio.timeout(0.01):
                await aio.in_caller(lambda: threading.Event().wait(0.1))
        except TimeoutError:
            return "on time"
        return "late"

    assert aio.run(work()) == "on time"


def test_in_caller_needs_a_caller() -> None:
    done = concurrent.futures.Future[str]()

    async def work() -> None:
        try:
            await aio.in_caller(lambda: None)
        except RuntimeError as error:
            done.set_result(str(error))

    aio.send(work())
    assert "autodev.lib.aio.run" in done.result(60)


def test_a_sent_coroutines_error_stays_its_own() -> None:
    ran = threading.Event()

    async def work() -> None:
        ran.set()
        raise ValueError("nobody asked")

    aio.send(work())
    assert ran.wait(60)


def test_a_forked_child_has_a_loop_of_its_own() -> None:
    aio.loop()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:

        async def answer() -> bytes:
            return b"alive"

        os.write(writer, aio.run(answer()))
        os._exit(0)
    os.close(writer)
    assert os.read(reader, 5) == b"alive"
    os.waitpid(child, 0)
    os.close(reader)
