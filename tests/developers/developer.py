"""A scripted developer as an answer function of the lab."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from tests.developers.actions import Action, Cut, Finish
from tests.developers.conduct import Conduct, Step, Work
from tests.developers.conversation import Conversation, conversation_of
from tests.developers.forms import Form, standing_forms, wanted_form
from tests.developers.texts import TextsOf, TextTools, agent_texts, wants_the_rest
from tests.developers.toolsets import Toolset
from tests.providers_lab.answers import Answer, Asked, ToolUse

CHARACTERS_A_TOKEN = 4


class Developer:
    """Works by a conduct. `forms` are answers (JSON text, or a function of the conversation) by the name of the form,
    for jobs that want one; a request with neither tools nor a form (a title, a summary) gets `words`. `texts` finds the
    form of calls in text that a request without tools asks for: by default that of our own agent."""

    def __init__(
        self,
        conduct: Conduct,
        *,
        forms: Mapping[str, Form] | None = None,
        words: str = "Work on the project",
        texts: TextsOf = agent_texts,
    ) -> None:
        self.conduct = conduct
        self.forms = {**standing_forms(), **(forms or {})}
        self.words = words
        self.texts = texts

    def __call__(self, asked: Asked) -> Answer:
        """Raises ValueError for a wire format that no developer reads, and for a form that it was given no answer of;
        the lab answers 400 then."""
        answer = self._answer(conversation_of(asked))
        said = len(answer.text) + sum(len(one.arguments) for one in answer.tool_calls)
        return dataclasses.replace(
            answer,
            input_tokens=max(1, len(json.dumps(asked.body)) // CHARACTERS_A_TOKEN),
            output_tokens=max(1, said // CHARACTERS_A_TOKEN),
        )

    def _answer(self, conversation: Conversation) -> Answer:
        spoken = None if conversation.tools else self.texts(conversation)
        tools = spoken.tools if spoken else conversation.tools
        if not tools:
            return Answer(text=self._formed(conversation))
        rest = wants_the_rest(conversation)
        number = conversation.steps - rest
        step = next_step(self.conduct(conversation.task), conversation, number)
        return answered(step, number, Toolset.of(tools, conversation.told), spoken, rest=rest)

    def _formed(self, conversation: Conversation) -> str:
        form = wanted_form(conversation)
        if not form:
            return self.words
        if form not in self.forms:
            raise ValueError(f"this developer has no answer of the form {form}; give one by `forms`")
        given = self.forms[form]
        return given if isinstance(given, str) else given(conversation)


def next_step(work: Work, conversation: Conversation, number: int) -> Step:
    """Replays the conduct up to what the conversation shows and gives the step of this number. One that ends earlier
    than it did before, since results were left out of the conversation, ends again."""
    step = next(work)
    for before in range(number):
        results = [conversation.result(before, at) for at in range(len(step))]
        try:
            step = work.send(results)
        except StopIteration:
            return step
    return step


def answered(step: Step, number: int, tools: Toolset, spoken: TextTools | None, *, rest: bool = False) -> Answer:
    """The step as a model says it; `rest`: what broke off of it. Raises NoTool."""
    mark = f"[step {number}]"
    end = next((one for one in step if isinstance(one, Finish)), None)
    if end is not None and not tools.offers(Finish):
        return Answer(text=f"{mark} {end.summary}")
    cut = next((one.after for one in step if isinstance(one, Cut)), None)
    if spoken:
        text = spoken.written([tools.call(action) for action in step])
        if rest:
            return Answer(text=text[cut or 0 :])
        return Answer(text=f"{mark}\n{text[:cut]}", finish="stop" if cut is None else "length")
    uses = tuple(_use(action, tools, f"dev_{number}_{at}") for at, action in enumerate(step))
    return Answer(text=f"{mark} {_words(step)}", tool_calls=uses, finish="tool_calls" if cut is None else "length")


def _use(action: Action, tools: Toolset, call: str) -> ToolUse:
    name, values = tools.call(action)
    arguments = json.dumps(values)
    return ToolUse(name=name, arguments=arguments[: action.after] if isinstance(action, Cut) else arguments, id=call)


def _words(step: Step) -> str:
    shown = [f"{type(one).__name__.lower()} {getattr(one, 'path', '')}".strip() for one in step]
    return f"I go on: {', '.join(shown)}."
