"""Small requests through the routing, so that a drill has something to break."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass, field

from autodev.lib.db import own_connections
from providers.chat import ChatRequest
from providers.kinds.models import model_kind, model_kinds
from providers.live.fresh import fresh
from providers.routing import background
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.need import Need

REQUEST = ChatRequest(messages=({"role": "user", "content": "Say ok."},), max_output_tokens=16)
AT_ONCE = 4


@dataclass
class Tally:
    """Who answered how many requests, and why nobody answered the others."""

    answered: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    @property
    def done(self) -> int:
        return self.answered.total() + self.lost.total()


async def prepare(workspace_id: uuid.UUID) -> None:
    """Loads what the kinds of its providers need, which would else be a part of the drill's own time. The workspace is
    not kept in mind by it: what is kept would not know of the drill for a moment."""
    for name in await asyncio.to_thread(_kinds, workspace_id):
        ready = getattr(model_kind(name), "prepare", None)
        if ready is not None:
            await ready()


def _kinds(workspace_id: uuid.UUID) -> set[str]:
    with own_connections():
        return {target.kind for target in fresh(workspace_id).view.targets.values()} & set(model_kinds())


async def send(workspace_id: uuid.UUID, calls: int, *, tally: Tally, at_once: int = AT_ONCE) -> None:
    """Asks so many times for one word, `at_once` at a time, by the default chain; they are paid like any other. Returns
    when the ledger has them all, also where it is cancelled."""
    turns = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with turns:
            try:
                answer = await complete(REQUEST, Need(workspace_id=workspace_id))
                tally.answered[answer.provider] += 1
            except NoAnswer as error:
                tally.lost[str(error.failure.kind) if error.failure is not None else error.code] += 1

    try:
        await asyncio.gather(*(one() for _ in range(calls)))
    finally:
        await background.finished()
