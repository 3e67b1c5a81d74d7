"""The pieces of an answer as they come, with other providers behind the one that speaks."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace

from providers.chat import ChatRequest, Delta
from providers.routing.assembly import has_content, pieces
from providers.routing.errors import NoAnswer, StreamBroken
from providers.routing.need import Answer, Need
from providers.routing.ports import RoutingPorts
from providers.routing.run import Run, begin
from providers.routing.seam import Given, SeamError
from providers.routing.turn import Turn
from providers.routing.whole import fitted, kept, must_answer, paid_before


class AnswerStream(AsyncIterator[Delta]):
    """See `providers.routing.call.stream`. `provider`, `model`, `request_id` and `attempts` (until somebody spoke) are
    known after `open`, `answer` at the end."""

    def __init__(self, request: ChatRequest, need: Need, ports: RoutingPorts) -> None:
        self.provider = ""
        self.model = ""
        self.request_id: uuid.UUID | None = None
        self.attempts = 0
        self.answer: Answer | None = None
        self._request, self._need, self._ports = request, need, ports
        self._given = Given()
        self._pieces = self._through()
        self._first: Delta | None = None
        self._opened = False

    async def open(self) -> None:
        """Waits for the first piece. Raises NoAnswer, BudgetRefused."""
        if not self._opened:
            self._opened = True
            self._first = await anext(self._pieces, None)

    async def __anext__(self) -> Delta:
        await self.open()
        first, self._first = self._first, None
        return await anext(self._pieces) if first is None else first

    async def aclose(self) -> None:
        """Leaves the provider; nothing more comes."""
        await self._pieces.aclose()

    async def _through(self) -> AsyncGenerator[Delta]:
        run = await begin(self._request, self._need, self._ports)
        self.request_id = run.request_id
        paid = await paid_before(run)
        if paid is not None:
            self.provider, self.model, self.answer = paid.provider, paid.completion.model, paid
            for piece in pieces(paid.completion):
                yield piece
            return
        while self.answer is None:
            turn, last = await self._turn(run), Tail(held=self._need.buffered)
            self.attempts = turn.reservation.attempt
            try:
                async with aclosing(turn.deltas(fitted(turn, run))) as stream:
                    async for delta in stream:
                        for piece in self._new(last.split(delta), turn):
                            yield piece
                must_answer(turn, self._need)
                self._given.reached()
            except SeamError:
                run.abandoned(turn)
                raise _broken(run.nobody()) from None
            except Exception as error:  # noqa: BLE001 - whatever a kind raises is its provider's failure, and is noted
                if not turn.complete or self._given.behind:
                    self._failed(run, turn, error)
                    continue
            except BaseException:
                run.abandoned(turn)
                raise
            self.answer = await kept(run, turn)
            for piece in self._new(iter(last), turn):
                yield piece

    async def _turn(self, run: Run) -> Turn:
        """Who speaks next. Raises StreamBroken in the place of NoAnswer where the caller has a part of an answer."""
        run.given = self._given.anything
        try:
            self._given.restart()
            return await run.next()
        except SeamError:
            raise _broken(run.nobody()) from None
        except NoAnswer as error:
            raise (_broken(error) if run.given else error) from None

    def _failed(self, run: Run, turn: Turn, error: Exception) -> None:
        run.given = self._given.anything
        try:
            run.failed(turn, error)
        except NoAnswer as end:
            raise (_broken(end) if run.given else end) from error

    def _new(self, came: Iterator[Delta], turn: Turn) -> Iterator[Delta]:
        """Of the pieces, what the caller does not have yet."""
        for delta in came:
            piece = self._given.admit(delta)
            if piece is None:
                continue
            if not self.provider:
                self.provider = turn.candidate.name
                self.model = turn.assembly.model or turn.candidate.target.model
            yield piece


class Tail:
    """Holds back what ends an answer until it is known to be one: the finish reason and the usage; with `held` all of
    it. What comes before the first part of the answer itself says nothing that a caller needs."""

    def __init__(self, *, held: bool) -> None:
        self._held = held
        self._kept: list[Delta] = []

    def split(self, delta: Delta) -> Iterator[Delta]:
        """What may be given out now."""
        ends = delta.finish is not None or delta.usage is not None
        if self._held:
            self._kept.append(delta)
            return
        if has_content(delta):
            yield replace(delta, finish=None, usage=None) if ends else delta
        if ends:
            self._kept.append(Delta(finish=delta.finish, usage=delta.usage, model=delta.model))

    def __iter__(self) -> Iterator[Delta]:
        return (
            delta for delta in self._kept if has_content(delta) or delta.finish is not None or delta.usage is not None
        )


def _broken(end: NoAnswer) -> StreamBroken:
    return StreamBroken(
        f"The answer broke off and could not be gone on with. {end.message}", failure=end.failure, calls=end.calls
    )
