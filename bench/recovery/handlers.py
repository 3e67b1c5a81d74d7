"""What the tasks of this bench do in the worker: ask a model through the routing, or hold still to be killed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from autodev.lib import aio, clock
from projects.engine.context import TaskContext
from projects.engine.handlers import register_handler
from projects.engine.outcome import Outcome, Succeeded, WorkFailed
from projects.guidance import guidance_of
from providers.chat import ChatRequest
from providers.kinds.agent.failing import failure_of
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.need import Need

ASK, HOLD = "bench_ask", "bench_hold"
REQUEST = ChatRequest(messages=({"role": "user", "content": "Explain trust in one sentence."},))
HOLDS_S = 600.0


def install() -> None:
    """In the worker."""
    register_handler(ASK, ask)
    register_handler(HOLD, hold)


def ask(ctx: TaskContext) -> Outcome:
    """One request. `attempts` says how many providers the routing may ask for it: with one, only recovery can turn to
    another. A failure is told as the pipeline tells it."""
    build = ctx.build
    need = Need(
        workspace_id=build.workspace_id,
        build_id=build.pk,
        task_id=ctx.task.id,
        avoid=guidance_of(ctx.task.params).avoid,
        attempts=int(ctx.task.params.get("attempts", 3)),
        emergency=False,
    )

    async def call() -> dict[str, Any]:
        answer = await complete(REQUEST, need)
        return {"text": answer.completion.text, "provider": answer.provider}

    try:
        answer = aio.run(ctx.async_journal.once("ask", call), cancel=ctx.cancel)
    except NoAnswer as error:
        failure = failure_of(error)
        after_s = failure.retry_after_s
        at = None if after_s is None else clock.utcnow() + dt.timedelta(seconds=after_s)
        raise WorkFailed(
            str(failure), kind=failure.kind, outside=failure.outside, provider=failure.provider,
            details=failure.details, retry_at=at,
        ) from error  # fmt: skip
    return Succeeded(result=answer, merge=False)


def hold(ctx: TaskContext) -> Outcome:
    """The first time it waits for the end of its worker, after that it is done at once."""
    if ctx.task.epoch == 1:
        ctx.cancel.wait(HOLDS_S)
        ctx.check_alive()
    return Succeeded(merge=False)
