"""One request of the gateway: routed, and answered in its format, whole or piece by piece."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import uuid
from collections.abc import AsyncIterator, Coroutine
from enum import Enum
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from autodev.lib.ids import new_id
from providers.chat import TokenUsage
from providers.gateway.callers import Caller
from providers.gateway.errors import anthropic_error, headers_of, inner, named, openai_error, words_of
from providers.gateway.naming import meaning
from providers.gateway.wire import anthropic_answer, openai
from providers.gateway.wire.base import BadBody, Parsed
from providers.money.tokens import estimate_tokens
from providers.routing.answering import AnswerStream
from providers.routing.call import complete, stream
from providers.routing.errors import NoAnswer
from providers.routing.need import Answer, Need
from providers.routing.ports import RoutingPorts
from providers.states import CallPurpose

T = TypeVar("T")
log = logging.getLogger(__name__)
TASK_KIND = re.compile(r"^[a-z][a-z0-9_-]{0,59}$")
STOPPED = "The gateway was stopped in the middle of the answer. Ask again."
FIELD, FIELDS_TOLD = re.compile(r"^[A-Za-z0-9_.-]{1,60}$"), 20
GONE = 499  # what nginx writes of a caller who left


class Door(Enum):
    """Which of the two formats."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"

    def error(self, error: NoAnswer) -> dict[str, object]:
        return openai_error(error) if self is Door.OPENAI else anthropic_error(error)

    def whole(self, answer: Answer, id_: str) -> dict[str, object]:
        form = openai.completion if self is Door.OPENAI else anthropic_answer.message
        return form(answer.completion, id_=id_)

    def stream(self, parsed: Parsed, id_: str) -> openai.Stream | anthropic_answer.Stream:
        if self is Door.OPENAI:
            return openai.Stream(id_=id_, usage_wanted=parsed.usage_wanted)
        return anthropic_answer.Stream(id_=id_, input_tokens=estimate_tokens(parsed.request))


async def answer(request: Request, parsed: Parsed, caller: Caller, ports: RoutingPorts, door: Door) -> Response:
    need = await need_of(request, parsed, caller, ports)
    id_ = new_id().hex
    try:
        if parsed.stream:
            return await _streamed(request, parsed, need, ports, door, id_)
        found = await _unless_gone(request, complete(parsed.request, need, ports=ports))
    except NoAnswer as error:
        return _failed(error, door)
    except CallerLeft:
        return Response(status_code=GONE)
    return JSONResponse(
        door.whole(found, id_), headers=_told(found.provider, found.request_id, len(found.calls), parsed, found)
    )


async def need_of(request: Request, parsed: Parsed, caller: Caller, ports: RoutingPorts) -> Need:
    """Raises BadBody for a header that says nothing sensible."""
    view = ports.live.view(caller.workspace_id) or await ports.live.load(caller.workspace_id)
    kind, prefer = meaning(parsed.model, view)
    return Need(
        workspace_id=caller.workspace_id,
        task_kind=_task_kind(request) or kind,
        purpose=CallPurpose.GATEWAY,
        project_id=caller.project_id,
        build_id=caller.build_id,
        task_id=caller.task_id,
        user=caller.user,
        prefer=prefer,
        deadline_s=_seconds(request),
        cacheable=request.headers.get("x-autodev-cache", "no").lower() in {"yes", "1", "true"},
        emergency=False,
    )


def _task_kind(request: Request) -> str:
    text = request.headers.get("x-autodev-task-kind", "")
    if text and not TASK_KIND.match(text):
        raise BadBody("x-autodev-task-kind must be a word of small letters, digits, - and _", "x-autodev-task-kind")
    return text


def _seconds(request: Request) -> float | None:
    text = request.headers.get("x-autodev-deadline-s")
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        if 0 < float(text) <= 24 * 3600:
            return float(text)
    raise BadBody("x-autodev-deadline-s must be a number of seconds, at most a day", "x-autodev-deadline-s")


class CallerLeft(Exception):
    """Nobody waits for the answer any more."""


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What the work gives. Raises CallerLeft where the caller left before: nobody is asked any more then."""
    asked = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({asked, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not asked.done():
            raise CallerLeft
        return await asked
    finally:
        for one in (asked, gone):
            one.cancel()
        await asyncio.gather(asked, gone, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _streamed(
    request: Request, parsed: Parsed, need: Need, ports: RoutingPorts, door: Door, id_: str
) -> Response:
    """Its status is known once the first piece is there: until then another provider can still step in, and an error is
    an error, not a stream that ends."""
    pieces = stream(parsed.request, need, ports=ports)
    try:
        await _unless_gone(request, pieces.open())
    except BaseException:
        await pieces.aclose()
        raise
    told = {
        **_told(pieces.provider, pieces.request_id, pieces.attempts, parsed),
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
    }
    return StreamingResponse(_events(pieces, parsed, door, id_), media_type="text/event-stream", headers=told)


async def _events(pieces: AnswerStream, parsed: Parsed, door: Door, id_: str) -> AsyncIterator[bytes]:
    form = door.stream(parsed, id_)
    try:
        async for delta in pieces:
            text = form.piece(delta, model=pieces.model)
            if text:
                yield text
        counted = pieces.answer.completion.usage if pieces.answer is not None else TokenUsage()
        yield form.end(counted, model=pieces.model)
    except NoAnswer as error:
        yield form.error(inner(door.error(error)))
    except asyncio.CancelledError:
        # The server is stopped, or the caller is gone, who reads no more.
        yield form.error(inner(door.error(NoAnswer(STOPPED))))
        raise
    except anthropic_answer.OutOfOrder:
        broken = NoAnswer("The provider mixed the pieces of several tool calls, which this format cannot tell.")
        yield form.error(inner(door.error(broken)))
    except Exception:
        log.exception("gateway.stream_broken")
        yield form.error(inner(door.error(NoAnswer("The gateway broke in the middle of the answer."))))
    finally:
        await pieces.aclose()


def _failed(error: NoAnswer, door: Door) -> Response:
    headers = {**headers_of(error), **named(str(uuid.uuid4()))}
    return JSONResponse(door.error(error), status_code=words_of(error)[0], headers=headers)


def _told(
    provider: str, request_id: uuid.UUID | None, attempts: int, parsed: Parsed, found: Answer | None = None
) -> dict[str, str]:
    """What a stream cost is not known when its headers go out."""
    told = {"x-autodev-provider": provider, "x-autodev-attempts": str(attempts)}
    told |= named(str(request_id)) if request_id is not None else {}
    ignored = [name for name in parsed.ignored if FIELD.match(name)][:FIELDS_TOLD]
    if ignored:
        told["x-autodev-ignored"] = ", ".join(ignored)
    if found is not None:
        told["x-autodev-cost-usd"] = str(found.cost_usd)
        told["x-autodev-cache"] = "hit" if found.cache_hit else "miss"
    return told
