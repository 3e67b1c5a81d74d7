"""The life of a gateway that has a process of its own: its library is loaded beside its start, and what it has open is
closed at its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette

from providers.gateway.warming import warm
from providers.kinds.models import close_kinds
from providers.live import process
from providers.routing import background


@contextlib.asynccontextmanager
async def alone(_: Starlette) -> AsyncIterator[None]:
    warm()
    try:
        yield
    finally:
        await background.finished()
        await close_kinds()
        await asyncio.to_thread(process.stop)
