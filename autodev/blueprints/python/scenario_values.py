"""Data of compiled checks as the Python of a rendered test: the placeholder `{now+60}` as `time.moment(60)`."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import Any

from autodev.blueprints.text import py_str

_PLACEHOLDER = re.compile(r"\{(now|today)([+-]\d+)?\}|\{(\w+)\}")
_TAKEN = {
    "app",
    "answer",
    "body",
    "page",
    "time",
    "moment",
    "day",
    "named",
    "close",
    "Decimal",
    "TestClient",
    "Visitor",
    "new_window",
}


def variable(text: str) -> str:
    """The name under which a session or a saved value is kept, as a variable."""
    name = re.sub(r"\W", "_", text).lower().strip("_")
    if not name.isidentifier() or keyword.iskeyword(name) or name in _TAKEN or hasattr(builtins, name):
        return f"the_{name}"
    return name


def python_value(value: Any) -> str:
    """Data with placeholders as Python."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{py_str(key)}: {python_value(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(python_value(item) for item in value) + "]"
    return python_text(value) if isinstance(value, str) else repr(value)


def python_text(text: str) -> str:
    """A string with placeholders: a variable, a call, an f-string, or just the string."""
    whole = _PLACEHOLDER.fullmatch(text)
    if whole:
        return _filled(whole)
    if not _PLACEHOLDER.search(text):
        repeated = re.fullmatch(r"(\w)\1{20,}", text)
        return f'"{text[0]}" * {len(text)}' if repeated else py_str(text)
    parts: list[str] = []
    last = 0
    for match in _PLACEHOLDER.finditer(text):
        parts += [_escaped(text[last : match.start()]), f"{{{_filled(match)}}}"]
        last = match.end()
    return f'f"{"".join(parts)}{_escaped(text[last:])}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("{", "{{").replace("}", "}}")


def _filled(match: re.Match[str]) -> str:
    kind, offset, name = match.groups()
    if kind == "now":
        return f"time.moment({int(offset or 0)})"
    return f"time.day({int(offset or 0)})" if kind == "today" else variable(name)
