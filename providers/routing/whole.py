"""A whole answer from whoever gives one: a broken attempt is thrown away and made again from its start."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import replace

from providers.chat import ChatRequest, Finish
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.routing import background
from providers.routing.attempt import Faulty
from providers.routing.need import Answer, Need
from providers.routing.ports import RoutingPorts
from providers.routing.promised import keeps_promise
from providers.routing.run import Run, begin
from providers.routing.turn import Turn
from providers.targets import Capability

log = logging.getLogger(__name__)
NOT_JSON = Failure(
    kind=FailureKind.MALFORMED_ANSWER, message="the answer is not the JSON that was asked for", reason="form"
)
KEPT = {Finish.STOP, Finish.TOOL_CALLS}


async def whole_answer(request: ChatRequest, need: Need, ports: RoutingPorts) -> Answer:
    """See `providers.routing.call.complete`."""
    run = await begin(request, need, ports)
    paid = await paid_before(run)
    if paid is not None:
        return paid
    while True:
        turn = await run.next()
        try:
            async with aclosing(turn.deltas(fitted(turn, run))) as stream:
                async for _ in stream:
                    pass
            must_answer(turn, need)
        except Exception as error:  # noqa: BLE001 - whatever a kind raises is its provider's failure, and is noted
            if not turn.complete:
                run.failed(turn, error)
                continue
        except BaseException:
            run.abandoned(turn)
            raise
        if not need.validated and not keeps_promise(request, turn.assembly.completion()):
            run.failed(turn, Faulty(NOT_JSON))
            continue
        return await kept(run, turn)


def fitted(turn: Turn, run: Run) -> ChatRequest:
    """The request as this provider takes it: no more output than it gives, and no promise that it cannot make where the
    caller checks the form itself."""
    request, target = run.request, turn.candidate.target
    limit = target.max_output_tokens
    if limit is not None and request.max_output_tokens is not None and request.max_output_tokens > limit:
        request = replace(request, max_output_tokens=limit)
    if request.response_format is not None and run.need.validated and Capability.STRUCTURED not in target.capabilities:
        request = replace(request, response_format=None)
    return request


def must_answer(turn: Turn, need: Need) -> None:
    """Raises Faulty where what came is no answer. A refusal is one for a caller who is to see it."""
    trouble = turn.assembly.trouble(readable=not need.validated)
    if trouble is None or (trouble.kind is FailureKind.CONTENT_POLICY and not need.reroutes_refusals):
        return
    raise Faulty(trouble)


async def paid_before(run: Run) -> Answer | None:
    """The answer of the cache to this very request, where the caller takes one."""
    first = next((one.target for one in run.choice.candidates if not one.target.emergency), None)
    if run.ports.cache is None or not run.need.cacheable or first is None:
        return None
    try:
        completion = await run.ports.cache.get(run.request, run.need, first)
    except Exception:
        log.exception("routing.cache_not_read")  # it is only a cache: the answer is made anew
        return None
    if completion is None:
        return None
    background.start(run.ports.ledger.cache_hit(run.need, first, run.request_id))
    return Answer(completion=completion, provider=first.name, request_id=run.request_id, cache_hit=True)


async def kept(run: Run, turn: Turn) -> Answer:
    """The answer, settled, and kept for the same request where the caller wants that."""
    answer = await run.done(turn)
    if run.ports.cache is not None and run.need.cacheable and not answer.emergency and answer.completion.finish in KEPT:
        background.start(run.ports.cache.put(run.request, run.need, turn.candidate.target, answer.completion))
    return answer
