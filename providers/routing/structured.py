"""An answer in a given form: validated by pydantic, one repair round, then the next provider."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from providers.chat import ChatRequest, Json
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.routing import background
from providers.routing.call import complete, ports_or_wired
from providers.routing.ending import cost_of
from providers.routing.errors import NoAnswer
from providers.routing.need import Answer, Attempt, Need
from providers.routing.ports import RoutingPorts
from providers.routing.promised import json_in

T = TypeVar("T", bound=BaseModel)
PROBLEMS_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Structured(Generic[T]):
    """`answer` is the one that was valid; its `calls` and `cost_usd` are those of all rounds together."""

    value: T
    answer: Answer


async def structured(
    request: ChatRequest, need: Need, form: type[T], *, plain: bool = False, ports: RoutingPorts | None = None
) -> Structured[T]:
    """The answer as a `form`. `need.attempts` paid calls are made at most, all rounds together. A provider whose answer
    is wrong twice is left, and that counts against it. `plain` leaves the form to the words of the request. Raises
    NoAnswer, BudgetRefused."""
    wired = ports_or_wired(ports)
    end = asyncio.get_running_loop().time() + need.deadline_s if need.deadline_s is not None else None
    asked = request if plain else replace(request, response_format=request.response_format or form_of(form))
    need, first = replace(need, validated=True), asked
    calls: tuple[Attempt, ...] = ()
    repairing = False
    while True:
        answer = await _ask(asked, _rest(need, calls, end), wired, calls)
        calls += answer.calls
        try:
            value = form.model_validate_json(json_in(answer.completion.text))
        except ValidationError as error:
            failure = Failure(kind=FailureKind.MALFORMED_ANSWER, message=_words(error), reason="form")
            if answer.calls:
                background.start(wired.ledger.malformed(answer.calls[-1].call_id, failure))
        else:
            return Structured(value=value, answer=replace(answer, calls=calls, cost_usd=cost_of(calls)))
        if answer.cache_hit:
            need = replace(need, cacheable=False)
        elif repairing:
            _count_against(answer, need, failure, wired)
            asked, repairing = first, False
            need = replace(need, avoid=(*need.avoid, answer.provider), prefer=_without(need, answer), cacheable=False)
        else:
            asked, repairing = replace(first, messages=(*first.messages, *_repair(answer, failure))), True
            need = replace(need, prefer=(answer.provider, *_without(need, answer)), cacheable=False)
        if len(calls) >= need.attempts:
            raise NoAnswer(
                f"No answer had the form that was asked for. {failure.message}", failure=failure, calls=calls
            )


def form_of(form: type[BaseModel]) -> Json:
    """The response format that asks for it."""
    return {"type": "json_schema", "json_schema": {"name": form.__name__, "schema": form.model_json_schema()}}


async def _ask(request: ChatRequest, need: Need, ports: RoutingPorts, calls: tuple[Attempt, ...]) -> Answer:
    try:
        return await complete(request, need, ports=ports)
    except NoAnswer as error:
        error.calls = (*calls, *error.calls)
        raise


def _rest(need: Need, calls: Sequence[Attempt], end: float | None) -> Need:
    """What is left of attempts, time and money."""
    left_s = None if end is None else max(0.0, end - asyncio.get_running_loop().time())
    money = None if need.budget_usd is None else need.budget_usd - cost_of(calls)
    return replace(need, attempts=need.attempts - len(calls), deadline_s=left_s, budget_usd=money)


def _repair(answer: Answer, failure: Failure) -> tuple[Json, Json]:
    return (
        {"role": "assistant", "content": answer.completion.text},
        {
            "role": "user",
            "content": f"That is not valid: {failure.message}\nAnswer again with the whole corrected JSON alone.",
        },
    )


def _words(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}" for one in problems[:PROBLEMS_SHOWN]]
    return "; ".join([*lines, *([f"and {len(problems) - len(lines)} more"] if len(problems) > len(lines) else [])])


def _without(need: Need, answer: Answer) -> tuple[str, ...]:
    return tuple(name for name in need.prefer if name != answer.provider)


def _count_against(answer: Answer, need: Need, failure: Failure, ports: RoutingPorts) -> None:
    """The provider answered in time and yet gave nothing of use, twice."""
    view = ports.live.view(need.workspace_id)
    target = view.targets.get(answer.provider) if view is not None else None
    last = answer.calls[-1] if answer.calls else None
    if target is None or last is None or target.emergency:
        return
    key = next((key for key in target.keys if key.name == last.key_name), None)
    ports.live.failed(
        target=target, key=key, failure=failure, first_token_ms=last.first_token_ms, total_ms=last.total_ms
    )
