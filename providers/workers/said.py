"""What a worker did, in a few lines, from the steps of its journal: those of any worker read alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from autodev.contracts.transcript import Entry, EntryKind

LONGEST = 240
SHOWN = ("path", "file_path", "filePath", "command", "argv", "pattern")


def lines_of(answers: Mapping[str, Any]) -> list[str]:
    """One line for each thing said and each tool used, in their order. Steps of another form are passed over."""
    return [line for answer in answers.values() for line in _lines(answer)]


def _lines(answer: Any) -> Iterator[str]:
    if isinstance(answer, Mapping) and "tool_calls" in answer:
        yield from _turn(answer)
        return
    entries = answer.get("entries") if isinstance(answer, Mapping) else answer
    for data in entries if isinstance(entries, list) else ():
        if isinstance(data, dict) and data.get("kind") in set(EntryKind):
            yield from _entry(Entry.from_json(data))


def _turn(answer: Mapping[str, Any]) -> Iterator[str]:
    if answer.get("text"):
        yield _short(f"said: {answer['text']}")
    for call in answer["tool_calls"]:
        yield _short(f"used {call['name']} {_what(_arguments(call['arguments']))}")


def _entry(entry: Entry) -> Iterator[str]:
    if entry.kind == EntryKind.SAID and entry.text:
        yield _short(f"said: {entry.text}")
    elif entry.kind == EntryKind.TOOL:
        yield _short(f"used {entry.tool} {_what(entry.arguments)}")
    elif entry.kind == EntryKind.RESULT and not entry.ok:
        yield _short(f"{entry.tool or 'a tool'} failed: {entry.text}")


def _arguments(text: Any) -> Mapping[str, Any]:
    if isinstance(text, Mapping):
        return text
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _what(arguments: Mapping[str, Any]) -> str:
    value = next((arguments[name] for name in SHOWN if arguments.get(name)), "")
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
