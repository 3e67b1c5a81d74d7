"""The tools in plain text, for models that have none: calls are written as marked lines and read strictly.

    @@call edit_file
    @@path app/main.py
    @@old
    print("hello")
    @@new
    print("welcome")
    @@end

Only lines of this form are marks: `@@call NAME`, `@@WORD` with a word that the tool takes, `@@end`. A value stands on
the line of its mark or on the lines below it, as it is, without quotes or escapes; a line of a value that would be a
mark itself is written with a backslash before it. docs/agent.md describes the form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from providers.kinds.agent.tools import schemas, specs

END = "@@end"
_CALL = re.compile(r"^@@call[ \t]+([a-z_]+)[ \t]*$")
_ANY = re.compile(r"^@@call\b|^@@end[ \t]*$")
_ESCAPED = re.compile(r"^\\+@@")
_FENCE = re.compile(r"^```[\w.+-]*[ \t]*$")
_LISTS = {"argv", "choices", "left_open"}
_EDIT = ("old", "new", "all")
_TEXTS = {"content", "old", "new"}


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What an answer holds: words, calls as a provider with tools would give them, and what is wrong with its form."""

    text: str
    calls: tuple[Mapping[str, str], ...] = ()
    wrong: str = ""


def instructions() -> str:
    """What a model is told of the form, behind its prompt."""
    tools = "\n".join(_described(one["function"]) for one in specs())
    form = files(__package__).joinpath("textual.md").read_text(encoding="utf-8").strip()
    return f"{form}\n\n{tools}"


def read(text: str, *, turn: str) -> Spoken:
    """The calls of an answer. Where a part has not the form, nothing of the answer is carried out, and `wrong` says
    why. `turn` makes the ids of the calls."""
    lines = text.splitlines()
    said: list[str] = []
    calls: list[Mapping[str, str]] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        found = _CALL.match(line)
        if found is None:
            if _ANY.match(line):
                return Spoken(text=text, wrong=f"line {at + 1}: {line.strip()!r} is no beginning of a call")
            said.append(line)
            at += 1
            continue
        name = found[1]
        if name not in schemas():
            return Spoken(text=text, wrong=f"line {at + 1}: there is no tool {name!r}")
        end = next((n for n in range(at + 1, len(lines)) if lines[n].rstrip() == END), None)
        if end is None:
            return Spoken(text=text, wrong=f"the call of {name} in line {at + 1} has no {END}")
        values, wrong = _values(name, lines[at + 1 : end])
        if wrong:
            return Spoken(text=text, wrong=f"the call of {name} in line {at + 1}: {wrong}")
        calls.append({"id": f"{turn}_{len(calls)}", "name": name, "arguments": json.dumps(values)})
        at = end + 1
    return Spoken(text="\n".join(said).strip(), calls=tuple(calls))


def written(name: str, values: Mapping[str, Any]) -> str:
    """A call in the form; what `read` understands."""
    lines = [f"@@call {name}"]
    for word, value in values.items():
        for own, text in _pairs(word, value):
            plain = "\n".join(_guarded(name, line) for line in text.split("\n"))
            below = "\n" in plain or own in {"old", "new", "content"}
            lines += [f"@@{own}", *([plain] if plain else [])] if below else [f"@@{own} {plain}".rstrip()]
    return "\n".join([*lines, END])


def result(name: str, number: int, answer: str) -> str:
    """The answer of a tool, for the message that follows. Its lines cannot look like a mark."""
    body = "\n".join(f"\\{line}" if line.startswith("@@") else line for line in answer.split("\n"))
    return f"@@result {number} {name}\n{body}\n{END}"


def looks_like_a_call(text: str) -> bool:
    """Whether words hold what other programs take for a call: one of our tools as JSON or XML, or our own form where
    tools were offered in another one."""
    return bool(_like_a_call().search(text))


@cache
def _like_a_call() -> re.Pattern[str]:
    names = "|".join(schemas())
    return re.compile(
        rf'"(?:name|tool|function|tool_name)"\s*:\s*"(?:{names})"|<(?:function|invoke|tool)[ =][^>]*\b(?:{names})\b'
        rf"|^@@call[ \t]+(?:{names})\b|<tool_call>",
        re.MULTILINE,
    )


def _unfenced(body: list[str], path: str) -> list[str]:
    """A value without a fence around all of it, which is the model's and not the file's; but in Markdown, where only
    one that says so is."""
    if len(body) < 2 or not _FENCE.match(body[0]) or body[-1].rstrip() != "```":
        return body
    within = body[1:-1]
    if any(line.startswith("```") for line in within):
        return body
    markdown = path.lower().endswith((".md", ".markdown"))
    return body if markdown and body[0].strip() not in {"```markdown", "```md"} else within


def _pairs(word: str, value: Any) -> list[tuple[str, str]]:
    if word == "edits":
        return [(own, _plain(edit[own])) for edit in value for own in _EDIT if own in edit]
    if word == "content" and isinstance(value, str):
        return [(word, value.removesuffix("\n"))]
    return [(word, _plain(value))]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _values(name: str, lines: Sequence[str]) -> tuple[dict[str, Any], str]:
    marks = _marks(name)
    parts: list[tuple[str, list[str]]] = []
    for line in lines:
        found = marks.match(line)
        if found:
            parts.append((found[1], [found[2]] if found[2] else []))
        elif parts:
            parts[-1][1].append(line[1:] if _ESCAPED.match(line) else line)
        elif line.strip():
            return {}, f"{line.strip()[:80]!r} stands before the first value"
    values: dict[str, Any] = {}
    edits: list[dict[str, str]] = []
    path = next((" ".join(body).strip() for word, body in parts if word == "path"), "")
    for word, given in parts:
        body = _unfenced(given, path) if word in _TEXTS else given
        text = "\n".join(body)
        if name == "edit_file" and word in _EDIT:
            if word == "old" or not edits:
                edits.append({})
            edits[-1][word] = text
        elif word in values:
            return {}, f"@@{word} stands twice"
        else:
            values[word] = [line for line in body if line.strip()] if word in _LISTS else text
    if name == "write_file" and values.get("content", "").strip():
        values["content"] += "\n"
    if edits:
        if any("old" not in one or "new" not in one for one in edits):
            return {}, "each edit has one @@old and one @@new"
        values["edits"] = edits
    missing = [word for word in schemas()[name].get("required", ()) if word not in values]
    return values, f"@@{'old' if missing[0] == 'edits' else missing[0]} is missing" if missing else ""


def _words(name: str) -> list[str]:
    words = [word for word in schemas()[name]["properties"] if word != "edits"]
    return [*words, *_EDIT] if name == "edit_file" else words


def _marks(name: str) -> re.Pattern[str]:
    return re.compile(rf"^@@({'|'.join(_words(name)) or '(?!)'})(?:[ \t]+(.*?))?[ \t]*$")


def _guarded(name: str, line: str) -> str:
    return f"\\{line}" if _ANY.match(line) or _marks(name).match(line) or _ESCAPED.match(line) else line


def _described(function: Mapping[str, Any]) -> str:
    name, required = function["name"], set(function["parameters"].get("required", ()))
    words = [f"@@{word}{'' if word in required or word in _EDIT[:2] else ' (optional)'}" for word in _words(name)]
    return f"- {name}: {function['description']}{' ' + ', '.join(words) if words else ''}"
