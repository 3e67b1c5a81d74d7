"""What the lab's models answer in a run: a Spec as the rules would read it, understood whole; then some files, then
"done"."""

from __future__ import annotations

import json
from typing import Any

from autodev.spec.rules import analyse
from autodev.spec.rules.errors import AnalysisError
from tests.providers_lab import Answer, ToolUse
from tests.providers_lab.answers import Asked

FILE = "glow-{number}.md"
FILES = 4
PLAIN = "A plain question has this one plain answer and no other."


def answer(asked: Asked) -> Answer:
    """By what the request is for: an analysis has the idea as JSON, an agent's turn has tools."""
    messages: list[dict[str, Any]] = list(asked.body.get("messages", ()))
    if asked.body.get("tools"):
        return _turn(messages)
    for message in messages:
        idea = _idea(str(message.get("content", "")))
        if idea is not None:
            return Answer(text=_spec(idea))
    return Answer(text=PLAIN)


def _idea(content: str) -> str | None:
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return str(found["description"]) if isinstance(found, dict) and "description" in found else None


def _spec(idea: str) -> str:
    try:
        spec = analyse(idea, constraints={}, preferences={})
    except AnalysisError:
        return "{}"
    for requirement in spec.requirements:
        requirement.understood = True
        requirement.text = requirement.text or requirement.sentence
    return spec.model_dump_json()


def _turn(messages: list[dict[str, Any]]) -> Answer:
    number = 1 + sum(message.get("role") == "tool" for message in messages)
    if number > FILES:
        done = ToolUse(name="finish", arguments=json.dumps({"summary": "Made it glow."}), id=f"call_{number}")
        return Answer(text="", tool_calls=(done,), finish="tool_calls")
    content = json.dumps({"path": FILE.format(number=number), "content": f"It glows {number} times.\n"})
    written = ToolUse(name="write_file", arguments=content, id=f"call_{number}")
    return Answer(text="", tool_calls=(written,), finish="tool_calls")
