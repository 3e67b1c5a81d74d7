"""The pieces of an answer put together, and the question whether they are an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from providers.chat import Completion, Delta, Finish, TokenUsage, ToolCall, ToolCallDelta
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure

CUT_BEFORE = (FailureKind.OUTPUT_LIMIT, "the output limit was used up before the answer began")
EMPTY = (FailureKind.EMPTY_ANSWER, "the answer is empty")


@dataclass(slots=True)
class _Call:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Assembly:
    """Takes deltas in, gives a Completion out."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: dict[int, _Call] = field(default_factory=dict)
    finish: Finish | None = None
    usage: TokenUsage | None = None
    model: str = ""

    def add(self, delta: Delta) -> None:
        if delta.text:
            self.text.append(delta.text)
        if delta.reasoning:
            self.reasoning.append(delta.reasoning)
        for piece in delta.tool_calls:
            call = self.calls.setdefault(piece.index, _Call())
            call.id = call.id or piece.id
            call.name = call.name or piece.name
            call.arguments.append(piece.arguments)
        self.finish = delta.finish or self.finish
        self.usage = delta.usage or self.usage
        self.model = delta.model or self.model

    def trouble(self, *, readable: bool = True) -> Failure | None:
        """Why this is no answer: broken off, empty, refused, or tool calls that nobody can read; unless `readable`, the
        caller deals with those itself."""
        if self.finish is None:
            return _failure(FailureKind.TRUNCATED_STREAM, "the answer ended without a finish reason")
        if self.finish is Finish.CONTENT_FILTER:
            return _failure(FailureKind.CONTENT_POLICY, "the provider's content filter stopped the answer")
        cut = self.finish is Finish.LENGTH
        if not self.calls and not "".join(self.text).strip():
            return _failure(*(CUT_BEFORE if cut else EMPTY))
        bad = (
            None
            if cut or not readable
            else next((call.name for call in self.calls.values() if not _readable(call)), None)
        )
        if bad is None:
            return None
        return _failure(FailureKind.MALFORMED_ANSWER, f"the arguments of the tool call {bad!r} are not JSON")

    def completion(self) -> Completion:
        """The answer; only where there is no trouble but what the caller is to see."""
        return Completion(
            text="".join(self.text),
            finish=self.finish or Finish.STOP,
            usage=self.usage or TokenUsage(estimated=True),
            model=self.model,
            tool_calls=tuple(
                ToolCall(id=call.id, name=call.name, arguments="".join(call.arguments) or "{}")
                for _, call in sorted(self.calls.items())
            ),
            reasoning="".join(self.reasoning),
        )


def has_content(delta: Delta) -> bool:
    """Whether it is a part of the answer itself: the first such piece is the first token."""
    return bool(delta.text or delta.reasoning or delta.tool_calls)


def pieces(completion: Completion) -> Iterator[Delta]:
    """A whole answer as a stream gives it."""
    calls = tuple(
        ToolCallDelta(index=index, id=call.id, name=call.name, arguments=call.arguments)
        for index, call in enumerate(completion.tool_calls)
    )
    if completion.text or completion.reasoning or calls:
        yield Delta(text=completion.text, reasoning=completion.reasoning, tool_calls=calls, model=completion.model)
    yield Delta(finish=completion.finish, usage=completion.usage, model=completion.model)


def _readable(call: _Call) -> bool:
    arguments = "".join(call.arguments).strip()
    if not call.name:
        return False
    try:
        return not arguments or isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _failure(kind: FailureKind, message: str) -> Failure:
    return Failure(kind=kind, message=message, reason="answer")
