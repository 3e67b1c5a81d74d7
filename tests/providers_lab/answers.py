"""What the lab answers, before it is put into a wire format."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.providers_lab.faults import Fault

DEFAULT_TEXT = "The lab answers this request with exactly ten short words."


@dataclass(frozen=True, kw_only=True)
class ToolUse:
    """A call of a tool; `arguments` is JSON text, which may break off."""

    name: str
    arguments: str = "{}"
    id: str = "call_lab_1"

    @property
    def values(self) -> Any:
        """For wire formats whose whole answers have no text here: empty where it breaks off."""
        try:
            return json.loads(self.arguments)
        except ValueError:
            return {}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`finish` is OpenAI's word (stop, length, tool_calls, content_filter). `pieces` are the tokens of a stream, the
    words of the text where not given. `usage` False: the provider says nothing of tokens. `input_tokens` includes the
    cached ones."""

    text: str = DEFAULT_TEXT
    tool_calls: tuple[ToolUse, ...] = ()
    reasoning: str = ""
    finish: str = "stop"
    pieces: tuple[str, ...] | None = None
    model: str = ""
    usage: bool = True
    input_tokens: int = 12
    output_tokens: int | None = None
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    def tokens(self) -> tuple[str, ...]:
        if self.pieces is not None:
            return self.pieces
        words = self.text.split(" ")
        return tuple(word if place == 0 else f" {word}" for place, word in enumerate(words)) if self.text else ()

    def output(self) -> int:
        return len(self.tokens()) if self.output_tokens is None else self.output_tokens


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request of a model, as a wire format read it. `key` is the API key that came with it."""

    wire: str
    path: str
    model: str
    stream: bool
    key: str
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)


AnswerOf = Callable[[Asked], "Answer | str | Fault"]
