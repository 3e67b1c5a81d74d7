"""The two ways in: a whole answer, or its pieces as they come."""

from __future__ import annotations

from providers.chat import ChatRequest
from providers.routing.answering import whole_answer
from providers.routing.need import Answer, Need
from providers.routing.ports import RoutingPorts
from providers.routing.streaming import AnswerStream


async def complete(request: ChatRequest, need: Need, *, ports: RoutingPorts | None = None) -> Answer:
    """The answer of the first provider that gave a whole one. A broken attempt is thrown away and made again from the
    start with the next one. At most three paid attempts. Raises NoAnswer, BudgetRefused."""
    return await whole_answer(request, need, ports or _wired())


def stream(request: ChatRequest, need: Need, *, ports: RoutingPorts | None = None) -> AnswerStream:
    """The pieces of an answer, as an async iterator of Delta. `await stream.open()` waits for the first piece, up to
    which another provider can still step in, and raises NoAnswer or BudgetRefused; then `stream.provider` and
    `stream.model` say who speaks. Iterating opens it by itself. After a piece was given out, a break goes on only where
    the next provider's answer begins with the very same text; else StreamBroken is raised. `stream.answer` is the
    Answer after the last piece. Leave it early with `await stream.aclose()`: what was used is settled as abandoned."""
    return AnswerStream(request, need, ports or _wired())


def _wired() -> RoutingPorts:
    from providers.routing.wiring import ports  # noqa: PLC0415 - the fakes of a test need no database

    return ports()
