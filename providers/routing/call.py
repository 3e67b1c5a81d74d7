"""The two ways in: a whole answer, or its pieces as they come."""

from __future__ import annotations

from providers.chat import ChatRequest
from providers.routing.answering import AnswerStream
from providers.routing.need import Answer, Need
from providers.routing.ports import RoutingPorts
from providers.routing.whole import whole_answer


async def complete(request: ChatRequest, need: Need, *, ports: RoutingPorts | None = None) -> Answer:
    """The answer of the first provider that gave a whole one. A broken attempt is thrown away and made again from the
    start with the next one. At most three paid attempts. Raises NoAnswer, BudgetRefused."""
    return await whole_answer(request, need, ports_or_wired(ports))


def stream(request: ChatRequest, need: Need, *, ports: RoutingPorts | None = None) -> AnswerStream:
    """The pieces of an answer, as an async iterator of Delta. `await stream.open()` waits for the first piece, up to
    which another provider can still step in, and raises NoAnswer or BudgetRefused; then `stream.provider` and
    `stream.model` say who speaks. Iterating opens it by itself. After a piece was given out, a break goes on only where
    the next provider's answer begins with the very same text; else StreamBroken is raised. `stream.answer` is the
    Answer after the last piece. Leave it early with `await stream.aclose()`: what was used is settled as abandoned."""
    return AnswerStream(request, need, ports_or_wired(ports))


def ports_or_wired(ports: RoutingPorts | None) -> RoutingPorts:
    """The ones given, else those of this process."""
    if ports is not None:
        return ports
    from providers.routing.wiring import ports as of_this_process  # noqa: PLC0415 - fakes need none of it

    return of_this_process()
