"""Database work for a coroutine: on a thread of its own, whose connections are closed at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from autodev.lib.db import own_connections

P = ParamSpec("P")
T = TypeVar("T")


async def off_loop(do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of `do`; raises what it raises."""
    return await asyncio.to_thread(_with_connections, partial(do, *args, **kwargs))


def _with_connections(do: Callable[[], T]) -> T:
    with own_connections():
        return do()
