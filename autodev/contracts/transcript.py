"""What a job did, step by step, in one form for all workers: what a page shows, and what the next worker is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class StepKind(StrEnum):
    """The kinds of journal steps that a transcript is made from. TURN, TOOLS: our own agent's (a model's answer; the
    answers of its tool calls). ENTRIES: a list of entries, of an agent program. BEGAN, LEFT: a worker took the job,
    and gave it up. TACTIC: the way was changed because it was stuck. MESSAGE, QUESTION: a person."""

    TURN = "turn"
    TOOLS = "tools"
    ENTRIES = "entries"
    BEGAN = "began"
    LEFT = "left"
    TACTIC = "tactic"
    MESSAGE = "message"
    QUESTION = "question"


class EntryKind(StrEnum):
    SAID = "said"
    TOOL = "tool"
    RESULT = "result"
    USAGE = "usage"
    RETRY = "retry"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`text` is what was said, or the tool's answer; `tool` the tool's name, `call` what joins a call and its result.
    `at` is in seconds since the epoch. Tokens and dollars of a USAGE entry are those of one model call."""

    kind: EntryKind
    text: str = ""
    tool: str = ""
    call: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    ok: bool = True
    at: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: str = "0"

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value not in ("", {}, 0, 0.0, "0")} | {
            "ok": self.ok
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Entry:
        return cls(**{**data, "kind": EntryKind(data["kind"])})
