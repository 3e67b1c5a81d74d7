"""One request through its candidates."""

from __future__ import annotations

from collections.abc import AsyncIterator

from providers.chat import ChatRequest, Delta
from providers.routing.need import Answer, Need
from providers.routing.ports import RoutingPorts


class AnswerStream(AsyncIterator[Delta]):
    """See `providers.routing.call.stream`."""

    provider: str
    model: str
    answer: Answer | None

    def __init__(self, request: ChatRequest, need: Need, ports: RoutingPorts) -> None: ...

    async def open(self) -> None: ...

    async def __anext__(self) -> Delta: ...

    async def aclose(self) -> None: ...


async def whole_answer(request: ChatRequest, need: Need, ports: RoutingPorts) -> Answer: ...
