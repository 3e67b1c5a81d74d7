"""Small requests through the routing, so that a drill has something to break."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from dataclasses import dataclass, field

from providers.chat import ChatRequest
from providers.routing import background
from providers.routing.call import complete, ports_or_wired
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
    """Loads what the kinds of its providers need, which would else be a part of the drill's own time."""
    ports = ports_or_wired(None)
    view = await ports.live.load(workspace_id)
    for name in {target.kind for target in view.targets.values() if ports.speaks(target.kind)}:
        ready = getattr(ports.kind(name), "prepare", None)
        if ready is not None:
            await ready()


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
