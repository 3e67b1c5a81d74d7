"""Making a call in a test, streamed or not, with one form of answer."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

from providers.chat import ChatRequest, Completion, Delta, Finish, TokenUsage, ToolCall
from providers.failures.signal import CallFailed, Signal
from providers.kinds.litellm import LiteLLMKind
from providers.targets import Key, Secret, Target
from tests.providers_lab import Upstream

SECRET = "sk-lab-0123456789abcdef"
KEY = Key(id=None, name="env:LAB_KEY", secret=Secret(SECRET))
ASK = ChatRequest(messages=({"role": "user", "content": "What is the lab?"},), max_output_tokens=100)
_WITH_VERSION = ("openai", "hosted_vllm", "lm_studio", "llamafile", "openrouter")


def target(model: str, upstream: Upstream, **settings: Any) -> Target:
    versioned = model.partition("/")[0] in _WITH_VERSION
    made = Target(
        id=uuid.uuid4(),
        workspace_id=uuid.uuid4(),
        name="lab",
        kind="litellm",
        model=model,
        api_base=upstream.openai_url if versioned else upstream.base_url,
    )
    return dataclasses.replace(made, **settings)


@dataclasses.dataclass
class Caller:
    """`call` gives a Completion either way; of a stream it is put together as the routing does."""

    kind: LiteLLMKind
    target: Target
    key: Key | None
    stream: bool
    deltas: list[Delta] = dataclasses.field(default_factory=list)

    async def call(self, request: ChatRequest = ASK) -> Completion:
        if not self.stream:
            return await self.kind.complete(request, self.target, self.key)
        self.deltas = []
        async for delta in self.kind.stream(request, self.target, self.key):
            self.deltas.append(delta)
        return assembled(self.deltas)

    async def failure(self, request: ChatRequest = ASK) -> Signal:
        """The signal of a call that must fail."""
        try:
            completion = await self.call(request)
        except CallFailed as failed:
            return failed.signal
        raise AssertionError(f"the call succeeded: {completion}")


def assembled(deltas: list[Delta]) -> Completion:
    last = deltas[-1]
    assert isinstance(last.finish, Finish)
    assert isinstance(last.usage, TokenUsage)
    assert not any(one.finish for one in deltas[:-1])
    calls: dict[int, ToolCall] = {}
    for piece in (one for delta in deltas for one in delta.tool_calls):
        call = calls.get(piece.index, ToolCall(id="", name="", arguments=""))
        calls[piece.index] = ToolCall(
            id=call.id or piece.id, name=call.name or piece.name, arguments=call.arguments + piece.arguments
        )
    return Completion(
        text="".join(one.text for one in deltas),
        finish=last.finish,
        usage=last.usage,
        model=last.model,
        tool_calls=tuple(calls.values()),
        reasoning="".join(one.reasoning for one in deltas),
    )
