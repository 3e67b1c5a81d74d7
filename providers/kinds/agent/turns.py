"""One turn: the model is asked with the conversation so far, in a protocol that it speaks, within what it can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autodev.contracts.job import Job
from autodev.contracts.ports import Told
from autodev.contracts.transcript import StepKind
from providers.chat import ChatRequest, Finish
from providers.failures.kinds import FailureKind
from providers.kinds.agent import digest, textual
from providers.kinds.agent.asking import Bill, as_json, need_of
from providers.kinds.agent.conversation import Conversation, Heard, Item, Said, count
from providers.kinds.agent.failing import failure_of
from providers.kinds.agent.steps import Json, Steps
from providers.kinds.agent.tools import specs
from providers.kinds.agent.window import Asked, asked_by
from providers.money.tokens import estimate_tokens
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.need import Need

HIGH, LOW = 0.75, 0.4  # of the window: when the conversation is made short, and down to where
CONTINUATIONS = 3
LEAST = 250  # tokens; a conversation of fewer is not what makes a request too long
SMALLER = 3  # times that the conversation is halved for a request that does not fit
GO_ON = "Your answer was cut off at the output limit. Go on exactly where it stopped, without repeating anything."
NO_TOOLS = ("tool", "function call", "functions")


@dataclass
class Speaker:
    """Asks for the turns of one job. `avoid` are not asked any more; `tools`: the protocol of the next request; `most`:
    tokens of the conversation that were not too many for those who are asked."""

    job: Job
    steps: Steps
    conversation: Conversation
    prompt: str
    bill: Bill = field(default_factory=Bill)
    avoid: tuple[str, ...] = ()
    tools: bool = True
    most: int | None = None

    async def turn(self, number: int) -> Json:
        """The answer as JSON: text, tool_calls, finish, provider, model, tokens, cost; `heard`: what people said
        before it; `protocol`; `wrong`: what is wrong with the form of its calls. Raises ProviderFailure where nobody
        answers, Cancelled, Fenced."""
        turn = await self._asked(f"turn:{number}", number, first=True)
        for told in turn["heard"]:
            self.conversation.add(heard(told))
        text = turn["text"]
        part = turn
        for more in range(1, CONTINUATIONS + 1):
            if part["finish"] != Finish.LENGTH or part["tool_calls"] or not part["text"]:
                break
            cut = (Said(turn=number, text=text), Heard(text=GO_ON))
            part = await self._asked(f"turn:{number}:more:{more}", number, more=cut)
            text += part["text"]
        turn = {**part, "text": text, "heard": turn["heard"], "cut": part["finish"] == Finish.LENGTH}
        if turn["protocol"] == "text":
            spoken = textual.read(text, turn=f"t{number}")
            turn |= {"text": spoken.text, "tool_calls": list(spoken.calls), "wrong": spoken.wrong}
        turn["tool_calls"] = self._told_apart(number, turn["tool_calls"])
        self.conversation.add(Said(turn=number, text=turn["text"], calls=list(turn["tool_calls"])))
        return turn

    def _told_apart(self, number: int, calls: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """The calls with ids of which none stands in the conversation already: some servers give the same to all, or
        none, and other providers refuse a conversation like that."""
        used = {one["id"] for item in self.conversation.items if isinstance(item, Said) for one in item.calls}
        found: list[Mapping[str, str]] = []
        for at, call in enumerate(calls):
            own = call if call["id"] and call["id"] not in used else {**call, "id": f"turn_{number}_{at}"}
            used.add(own["id"])
            found.append(own)
        return found

    async def asked(self) -> Asked:
        """Who may be asked now."""
        return await asked_by(self._need())

    async def _asked(self, key: str, number: int, *, first: bool = False, more: Sequence[Item] = ()) -> Json:
        async def call() -> Json:
            told = await self.job.ports.steer.messages() if first else ()
            said = [_as_json(one) for one in told]
            answer = await self._answer([*(heard(one) for one in said), *more], passing=len(more))
            return {**answer, "heard": said}

        answer = await self.steps.once(key, call, kind=StepKind.TURN, title=lambda one: _title(number, one))
        self.tools = answer["protocol"] == "tools"
        self.bill.add(answer)
        return answer

    async def _answer(self, more: Sequence[Item], *, passing: int) -> Json:
        """Asks again in another form where that may help: shorter for who cannot read so much, in text for who has no
        tools. The last `passing` ones of `more` are for this request only."""
        asked = await self.asked()
        tools = self.tools and asked.tools
        smaller = 0
        for item in more:
            count(item)
        while True:
            request = self._request(asked.window, more, passing=passing, tools=tools)
            need = self._need(input_tokens=estimate_tokens(request))
            try:
                answer = await complete(request, need)
            except NoAnswer as error:
                if tools and _wants_text(error):
                    tools = False
                elif _too_long(error) and smaller < SMALLER and self._halve():
                    smaller += 1
                else:
                    raise failure_of(error) from error
            else:
                return {**as_json(answer), "protocol": "tools" if tools else "text"}

    def _request(self, window: int, more: Sequence[Item], *, passing: int, tools: bool) -> ChatRequest:
        room = window - self.conversation.beginning_tokens - sum(one.tokens for one in more)
        high = int(room * HIGH) if self.most is None else min(int(room * HIGH), self.most)
        digest.fit(self.conversation, high, int(high * LOW / HIGH))
        messages = self.conversation.messages(tools=tools, more=more)
        return ChatRequest(messages=messages, tools=specs() if tools else (), stable=len(messages) - passing)

    def _halve(self) -> bool:
        """Whether there is anything left to make shorter. Who could not read so much will not do so later."""
        self.most = self.conversation.tokens // 2
        return self.most > LEAST

    def _need(self, *, input_tokens: int | None = None) -> Need:
        need = need_of(self.job, self.bill)
        # Calls that cannot be read are answered with help, by the loop.
        return replace(
            need, avoid=(*need.avoid, *self.avoid), prompt=self.prompt, validated=True, input_tokens=input_tokens
        )


def heard(told: Mapping[str, Any]) -> Heard:
    """A person's message as the model reads it."""
    who = f" from {told['by']}" if told.get("by") else ""
    return Heard(text=f"A message{who}, to be heeded from here on:\n{told['text']}")


def _as_json(told: Told) -> Json:
    return {"id": told.id, "text": told.text, "by": told.by}


def _title(number: int, turn: Mapping[str, Any]) -> str:
    said = " ".join(str(turn.get("text") or "").split())
    used = ", ".join(call["name"] for call in turn.get("tool_calls") or ())
    what = said[:120] or used or "an answer"
    return f"Turn {number}, {turn.get('provider', '')}: {what}"[:200]


def _too_long(error: NoAnswer) -> bool:
    kinds = {one.failure.kind for one in error.calls if one.failure is not None}
    return FailureKind.CONTEXT_WINDOW in kinds or "context" in error.gates


def _wants_text(error: NoAnswer) -> bool:
    """Whether somebody is left who has no tools, or somebody refused them."""
    if "capability" in error.gates:
        return True
    refused = {FailureKind.BAD_REQUEST, FailureKind.MODEL_NOT_FOUND, FailureKind.UNKNOWN}
    told = [one.failure.message.lower() for one in error.calls if one.failure and one.failure.kind in refused]
    return any(word in text for text in told for word in NO_TOOLS)
