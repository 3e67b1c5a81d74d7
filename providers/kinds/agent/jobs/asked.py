"""A question with an answer in a given form: the prompt's version goes along, and what it cost comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from autodev.contracts.job import Job, JobResult, Usage
from providers.chat import ChatRequest
from providers.failures.kinds import FailureKind
from providers.kinds.agent.asking import Bill, need_of
from providers.kinds.agent.failing import failure_of
from providers.kinds.agent.notes import notes
from providers.kinds.agent.prompts import prompt_of
from providers.prompts import Prompt
from providers.routing.errors import NoAnswer
from providers.routing.need import Need
from providers.routing.structured import Structured, structured

T = TypeVar("T", bound=BaseModel)
WITHOUT_FORM = ("response_format", "json_schema", "json mode", "structured output")


@dataclass(frozen=True, kw_only=True)
class Asked(Generic[T]):
    """`value` is valid; `provider` gave it, `prompt` is what it was asked with. `usage` is of all rounds together in
    money, and of the last one in tokens."""

    value: T
    provider: str
    prompt: Prompt
    usage: Usage

    def result(self, answer: Any, *, left_open: tuple[str, ...] = ()) -> JobResult:
        return JobResult(answer=answer, provider=self.provider, usage=self.usage, left_open=left_open)


async def asked_for(
    job: Job,
    name: str,
    form: type[T],
    task: str,
    *,
    values: Mapping[str, str] | None = None,
    avoid: tuple[str, ...] = (),
) -> Asked[T]:
    """The answer of a model to the task, with the prompt of that name. One who promises a form and then refuses it is
    asked in plain words. Raises ProviderFailure where no model gave a valid one, NotForThisJob where none can be
    asked."""
    prompt = await prompt_of(job, name)
    request = ChatRequest(
        messages=(
            {"role": "system", "content": prompt.render(**(values or {}))},
            {"role": "user", "content": task + notes(job)},
        )
    )
    need = need_of(job, Bill())
    need = replace(need, prompt=prompt.id, avoid=(*need.avoid, *avoid))
    try:
        found = await _valid(request, need, form)
    except NoAnswer as error:
        raise failure_of(error) from error
    tokens = found.answer.completion.usage
    usage = Usage(input_tokens=tokens.input_tokens, output_tokens=tokens.output_tokens, cost_usd=found.answer.cost_usd)
    return Asked(value=found.value, provider=found.answer.provider, prompt=prompt, usage=usage)


async def _valid(request: ChatRequest, need: Need, form: type[T]) -> Structured[T]:
    try:
        return await structured(request, need, form)
    except NoAnswer as error:
        if not refused_the_form(error):
            raise
        return await structured(request, need, form, plain=True)


def refused_the_form(error: NoAnswer) -> bool:
    """Whether a provider may not have taken the request because it asked for a form: it says so, or finds the request
    bad without saying what is."""
    failures = [call.failure for call in error.calls if call.failure is not None]
    return any(
        one.kind is FailureKind.BAD_REQUEST or any(word in one.message.lower() for word in WITHOUT_FORM)
        for one in failures
    )


def as_task(**parts: Any) -> str:
    """What a task is about, as JSON."""
    return json.dumps(parts, ensure_ascii=False, default=str)
