"""What a caller need not wait for. Its errors are logged; nothing else depends on them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)
_running: set[asyncio.Task[None]] = set()


def start(work: Coroutine[Any, Any, Any]) -> asyncio.Task[None]:
    """Runs it on this loop."""
    task = asyncio.get_running_loop().create_task(_logged(work))
    _running.add(task)
    task.add_done_callback(_running.discard)
    return task


async def sure(work: Coroutine[Any, Any, Any], *, within_s: float) -> None:
    """Waits for it, at most so long; it goes on all the same, also where the one who waits is cancelled."""
    await asyncio.wait((start(work),), timeout=within_s)


async def _logged(work: Coroutine[Any, Any, Any]) -> None:
    """Awaits it; an error goes to the log. A ledger's row that could not be settled stays reserved and is swept."""
    try:
        await work
    except Exception:
        log.exception("routing.background_failed", extra={"work": getattr(work, "__qualname__", "")})


async def finished() -> None:
    """Waits until nothing of this loop is running any more: at the end of a process, and in tests."""
    loop = asyncio.get_running_loop()
    while mine := [task for task in _running if task.get_loop() is loop]:
        await asyncio.gather(*mine)
