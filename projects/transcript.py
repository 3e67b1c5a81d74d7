"""Journal steps as what happened: who worked, what was said, which tools were called with what answer. Pure."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from autodev.contracts.transcript import Entry, EntryKind, StepKind
from providers.failures.redact import redacted

TEXT_LONGEST = 20_000
SHOWN = 1_200  # characters of a long text before "show all"
COMMIT = "commit"


class JournalStep(Protocol):
    key: str
    kind: str
    title: str
    output: Any
    commit: str
    epoch: int
    duration_ms: int
    created_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of a transcript. `kind` is an EntryKind, a StepKind or `commit`. `tool` is a tactic's name too, and
    whom a worker took over from. Of a tool call `answer` is None while none is there; of a question it is what was
    answered, of a worker's beginning what it was told of the work before. `cut`: characters that were left out. Tokens
    and dollars are those of one model call, or 0."""

    kind: str
    at: dt.datetime
    epoch: int = 0
    who: str = ""
    text: str = ""
    tool: str = ""
    call: str = ""
    arguments: str = ""
    answer: str | None = None
    ok: bool = True
    cut: int = 0
    commit: str = ""
    duration_ms: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    @property
    def long(self) -> bool:
        """Whether the answer is folded behind its beginning."""
        return len(self.answer or "") > SHOWN

    @property
    def beginning(self) -> str:
        return (self.answer or "")[:SHOWN]


def happenings(steps: Iterable[JournalStep]) -> list[Happening]:
    """In the steps' order, without secrets; an answer stands with its call where both are here. A step of another form
    is told by its title."""
    found: list[Happening] = []
    for step in steps:
        for one in _of(step):
            at = _call_of(found, one) if one.kind == EntryKind.RESULT else None
            if at is None:
                found.append(one)
            else:
                found[at] = replace(found[at], answer=one.text, ok=one.ok, cut=one.cut)
    return found


def _call_of(found: list[Happening], result: Happening) -> int | None:
    for at in range(len(found) - 1, -1, -1):
        if found[at].kind == EntryKind.TOOL and found[at].call == result.call:
            return at if found[at].answer is None else None
    return None


def _of(step: JournalStep) -> list[Happening]:
    output = step.output
    if step.kind == StepKind.TURN and isinstance(output, Mapping) and "tool_calls" in output:
        return _turn(step, output)
    if step.kind == StepKind.TOOLS and isinstance(output, Mapping) and "answers" in output:
        return [
            _made(
                step, EntryKind.RESULT, str(a.get("answer", "")), call=str(a.get("id", "")), ok=_fine(a),
                tool=str(a.get("name", "")),
            )
            for a in _maps(output["answers"])
        ]  # fmt: skip
    if step.kind == StepKind.ENTRIES:
        return [_entry(step, entry) for entry in _maps(_list(output))]
    if isinstance(output, Mapping):
        return [_told(step, output)]
    return [_made(step, COMMIT if step.commit else str(step.kind), step.title)]


def _turn(step: JournalStep, output: Mapping[str, Any]) -> list[Happening]:
    text = str(output.get("text") or "")
    who = str(output.get("provider", ""))
    found = [_made(step, EntryKind.SAID, text, who=who)] if text.strip() else []
    for call in _maps(output["tool_calls"]):
        arguments = _pretty(call.get("arguments", ""))
        found.append(
            _made(step, EntryKind.TOOL, "", tool=str(call.get("name", "")), call=str(call.get("id", "")),
                  arguments=arguments)
        )  # fmt: skip
    usage = _made(
        step, EntryKind.USAGE, str(output.get("model", "")), who=who, input_tokens=_whole(output.get("input_tokens")),
        output_tokens=_whole(output.get("output_tokens")), cost_usd=_money(output.get("cost_usd")),
    )  # fmt: skip
    return [*found, usage]


def _entry(step: JournalStep, data: Mapping[str, Any]) -> Happening:
    try:
        entry = Entry.from_json(dict(data))
    except (KeyError, TypeError, ValueError):
        return _made(step, EntryKind.NOTE, json.dumps(data, ensure_ascii=False))
    made = _made(
        step, entry.kind, entry.text, tool=entry.tool, call=entry.call, ok=entry.ok,
        arguments=_pretty(entry.arguments) if entry.arguments else "", input_tokens=entry.input_tokens,
        output_tokens=entry.output_tokens, cost_usd=_money(entry.cost_usd),
    )  # fmt: skip
    at = dt.datetime.fromtimestamp(entry.at, tz=dt.UTC) if 0 < entry.at < 32_503_680_000 else made.at
    return replace(made, at=at, duration_ms=0)


def _told(step: JournalStep, output: Mapping[str, Any]) -> Happening:
    """Messages, questions, tactics, a worker's begin and end: their words, whichever name they have."""
    who = next((str(output[name]) for name in ("worker", "by", "provider") if output.get(name)), "")
    if step.kind == StepKind.QUESTION:
        by = "assumed" if output.get("assumed") else who
        text = str(output.get("question", step.title))
        return replace(_made(step, StepKind.QUESTION, text, who=by), answer=redacted(str(output.get("answer", ""))))
    words = [str(output[name]) for name in ("text", "reason", "why", "message") if output.get(name)]
    if output.get("lost"):
        words.append(f"Its work was taken back: {', '.join(map(str, output['lost']))} had been green before.")
    if step.kind not in {StepKind.BEGAN, StepKind.LEFT}:
        words = words or [step.title]
    made = _made(
        step, COMMIT if step.commit else str(step.kind), "\n".join(words), who=who,
        tool=str(output.get("tactic") or output.get("previous") or ""),
        commit=str(output.get("commit", "") or step.commit),
    )  # fmt: skip
    told = redacted(str(output.get("told") or ""))[:TEXT_LONGEST]
    return replace(made, answer=told) if told and step.kind == StepKind.BEGAN else made


def _made(step: JournalStep, kind: str, text: str, **values: Any) -> Happening:
    clean = redacted(text)
    return Happening(
        kind=str(kind), at=step.created_at, epoch=step.epoch, text=clean[:TEXT_LONGEST],
        cut=max(0, len(clean) - TEXT_LONGEST), duration_ms=step.duration_ms,
        **{"commit": step.commit, **values},
    )  # fmt: skip


def _pretty(arguments: Any) -> str:
    """One argument a line; JSON text is read first."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except ValueError:
            return redacted(str(arguments))[:TEXT_LONGEST]
    if not isinstance(arguments, Mapping):
        return redacted(json.dumps(arguments, ensure_ascii=False))[:TEXT_LONGEST]
    lines = [f"{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
             for key, value in arguments.items()]  # fmt: skip
    return redacted("\n".join(lines))[:TEXT_LONGEST]


def _fine(answer: Mapping[str, Any]) -> bool:
    return bool(answer.get("ok", not str(answer.get("answer", "")).startswith("error:")))


def _maps(values: Any) -> list[Mapping[str, Any]]:
    return [one for one in values if isinstance(one, Mapping)] if isinstance(values, list) else []


def _list(output: Any) -> Any:
    return output.get("entries") if isinstance(output, Mapping) else output


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _money(value: Any) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal(0)
