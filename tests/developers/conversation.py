"""One request as a developer reads it, from OpenAI's or Anthropic's wire format."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.developers.actions import Result
from tests.providers_lab.answers import Asked

_ERROR = re.compile(r"^\s*(<tool_use_error>|error\b|exit code [1-9])", re.IGNORECASE)
_STEP = re.compile(r"^dev_(\d+)_(\d+)$")
# The answers of calls in text, as our agent tells them.
_TEXT_RESULT = re.compile(r"^@@result (\d+) \w+\n(.*?)\n@@end$", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"\[step (\d+)\]")


@dataclass
class Conversation:
    """`task` is what users said before the first answer, `later` what they said since, `heard` behind which step.
    `results` are those of the developer's own actions: (step, place in the step) → result. `steps` is how many steps it
    has made so far, also those that the agent left out of the conversation. `tools` are name → JSON schema of the
    arguments, `form` and `schema` the name and schema of the JSON that is wanted, `last` the role of the last
    message."""

    system: str = ""
    task: str = ""
    later: list[str] = field(default_factory=list)
    results: dict[tuple[int, int], Result] = field(default_factory=dict)
    steps: int = 0
    heard: dict[int, str] = field(default_factory=dict)
    tools: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    form: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    last: str = ""

    def result(self, step: int, at: int) -> Result:
        """Of an action; empty where it is not in the conversation."""
        found = self.results.get((step, at), Result())
        return Result(text=found.text, error=found.error, heard=self.heard.get(step, ""))

    @property
    def told(self) -> str:
        return "\n".join([self.system, self.task, *self.later])


def conversation_of(asked: Asked) -> Conversation:
    """Raises ValueError for a wire format that no developer reads."""
    if asked.wire == "openai":
        return _openai(asked.body)
    if asked.wire == "anthropic":
        return _anthropic(asked.body)
    raise ValueError(f"a scripted developer does not speak {asked.wire}")


def _openai(body: Mapping[str, Any]) -> Conversation:
    found = Conversation(tools={t["function"]["name"]: t["function"].get("parameters") or {} for t in _tools(body)})
    form = (body.get("response_format") or {}).get("json_schema") or {}
    found.form, found.schema = str(form.get("name", "")), form.get("schema") or {}
    for message in body.get("messages", ()):
        text = text_of(message.get("content"))
        found.last = message["role"]
        match message["role"]:
            case "system" | "developer":
                found.system += f"{text}\n"
            case "user":
                _user(found, text)
            case "assistant":
                _said(found, text, (call["id"] for call in message.get("tool_calls") or ()))
            case "tool":
                _result(found, message["tool_call_id"], text, error=False)
    return found


def _anthropic(body: Mapping[str, Any]) -> Conversation:
    found = Conversation(tools={t["name"]: t.get("input_schema") or {} for t in _tools(body)})
    found.system = text_of(body.get("system"))
    for message in body.get("messages", ()):
        content = message["content"]
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
        texts = text_of(content)
        found.last = message["role"]
        if message["role"] == "assistant":
            _said(found, texts, (b["id"] for b in blocks if b["type"] == "tool_use"))
            continue
        for block in blocks:
            if block["type"] == "tool_result":
                _result(found, block["tool_use_id"], text_of(block.get("content")), error=bool(block.get("is_error")))
        if texts:
            _user(found, texts)
    return found


def _tools(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those with arguments; a provider's own server tools have none."""
    return [one for one in body.get("tools") or () if "function" in one or "input_schema" in one]


def _user(found: Conversation, text: str) -> None:
    results = list(_TEXT_RESULT.finditer(text)) if found.steps else []
    for one in results:
        told = re.sub(r"^\\(?=@@)", "", one[2], flags=re.MULTILINE)
        _result(found, f"dev_{found.steps - 1}_{int(one[1]) - 1}", told, error=False)
    if results:
        return
    if found.steps:
        found.later.append(text)
        found.heard[found.steps - 1] = f"{found.heard.get(found.steps - 1, '')}{text}\n"
    else:
        found.task += f"{text}\n"


def _said(found: Conversation, text: str, calls: Iterable[str]) -> None:
    marks = [int(mark) for mark in SAID.findall(text)]
    marks += [int(own[1]) for own in map(_STEP.match, calls) if own]
    # An answer without a mark is somebody else's: the work of whoever went before.
    if marks:
        found.steps = max(found.steps, max(marks) + 1)


def _result(found: Conversation, call: str, text: str, *, error: bool) -> None:
    if own := _STEP.match(call):
        found.results[int(own[1]), int(own[2])] = Result(text=text, error=error or bool(_ERROR.match(text)))


def text_of(content: Any) -> str:
    """The text of a message's content, whatever its form."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list):
        return "\n".join(one["text"] for one in content if isinstance(one, dict) and one.get("type") == "text")
    return json.dumps(content)
