"""The conversation in a form of its own: what was said, called, answered and heard; written for models with tools and
for models without. The beginning never changes, and what follows changes seldom, so that a provider's cache holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from providers.kinds.agent import textual
from providers.kinds.agent.given import loaded
from providers.money.tokens import PER_MESSAGE, tokens_of

Json = dict[str, Any]


@dataclass(kw_only=True)
class Said:
    """A model's answer. `calls` have id, name and arguments (JSON text)."""

    turn: int
    text: str
    calls: list[Mapping[str, str]] = field(default_factory=list)
    tokens: int = 0


@dataclass(kw_only=True)
class Answered:
    """What the tools of the turn before answered: id, name, answer. `short`: made short by now."""

    turn: int
    answers: list[dict[str, str]]
    short: bool = False
    tokens: int = 0


@dataclass(kw_only=True)
class Heard:
    """A word to the model: of a person, of the checks, of the loop itself. `found`: what the checks found, kept when
    the conversation is made short until they say something else."""

    text: str
    tokens: int = 0
    digest: bool = False
    found: bool = False


Item = Said | Answered | Heard


@dataclass
class Conversation:
    """`system` and `task` stand first and stay."""

    system: str
    task: str
    items: list[Item] = field(default_factory=list)

    def add(self, item: Item) -> None:
        count(item)
        self.items.append(item)

    @property
    def tokens(self) -> int:
        """Of all items, without the beginning."""
        return sum(item.tokens for item in self.items)

    @property
    def beginning_tokens(self) -> int:
        return tokens_of(self.system) + tokens_of(self.task) + 2 * PER_MESSAGE

    def messages(self, *, tools: bool, more: Sequence[Item] = ()) -> tuple[Json, ...]:
        """In the form of OpenAI's chat completions; without `tools` calls and answers are text. `more` stands at the
        end, for this request only."""
        system = self.system if tools else f"{self.system}\n\n{textual.instructions()}"
        found: list[Json] = [{"role": "system", "content": system}, {"role": "user", "content": self.task}]
        for item in (*self.items, *more):
            found += _with_tools(item) if tools else _in_text(item)
        return tuple(found)


def count(item: Item) -> None:
    """Counts its tokens anew."""
    if isinstance(item, Said):
        item.tokens = PER_MESSAGE + tokens_of(item.text)
        item.tokens += sum(tokens_of(one["arguments"]) + tokens_of(one["name"]) + 4 for one in item.calls)
    elif isinstance(item, Answered):
        item.tokens = sum(PER_MESSAGE + tokens_of(one["answer"]) for one in item.answers)
    else:
        item.tokens = PER_MESSAGE + tokens_of(item.text)


def _with_tools(item: Item) -> list[Json]:
    if isinstance(item, Heard):
        return [{"role": "user", "content": item.text}]
    if isinstance(item, Answered):
        return [{"role": "tool", "tool_call_id": one["id"], "content": one["answer"]} for one in item.answers]
    message: Json = {"role": "assistant", "content": item.text or None}
    if item.calls:
        message["tool_calls"] = [
            {"id": one["id"], "type": "function", "function": {"name": one["name"], "arguments": _readable(one)}}
            for one in item.calls
        ]
    return [message]


def _in_text(item: Item) -> list[Json]:
    if isinstance(item, Heard):
        return [{"role": "user", "content": item.text}]
    if isinstance(item, Answered):
        told = [textual.result(one["name"], at, one["answer"]) for at, one in enumerate(item.answers, start=1)]
        return [{"role": "user", "content": "\n".join(told)}]
    calls = [textual.written(one["name"], json.loads(_readable(one))) for one in item.calls]
    return [{"role": "assistant", "content": "\n".join(part for part in (item.text, *calls) if part)}]


def _readable(call: Mapping[str, str]) -> str:
    """Arguments that a provider takes back: some refuse a conversation with broken JSON in it."""
    try:
        values = loaded(call["arguments"])
    except ValueError:
        return json.dumps({"unreadable": call["arguments"][:400]})
    return (
        call["arguments"] or "{}" if isinstance(values, dict) else json.dumps({"unreadable": call["arguments"][:400]})
    )
