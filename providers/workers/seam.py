"""Where a job's coroutine meets the database."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import TypeVar

from autodev.lib import aio
from autodev.lib.db import own_connections

T = TypeVar("T")


async def in_caller(fn: Callable[[], T]) -> T:
    """Runs `fn` in the thread that waits for the job, which is the engine's slot; on another thread with a connection
    of its own where nobody waits in that way."""
    if aio.has_caller():
        return await aio.in_caller(fn)

    def apart() -> T:
        with own_connections():
            return fn()

    return await asyncio.to_thread(apart)


def uuid_of(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
