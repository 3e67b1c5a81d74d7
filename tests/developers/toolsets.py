"""Actions as calls of the tools that a request offers: ours, Claude's (Write, Edit, Read, Bash) or OpenCode's.

What a tool wants is read from its schema, so that a renamed argument changes nothing here.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.developers.actions import Action, Check, Cut, Delete, Edit, Finish, Read, Run, Write

Json = dict[str, Any]
_NAMES = {
    Read: ("read_file", "read"),
    Write: ("write_file", "write"),
    Edit: ("edit_file", "edit", "replace"),
    Delete: ("delete_file", "delete", "remove_file"),
    Run: ("run_command", "run", "bash", "shell"),
    Check: ("run_checks", "check", "checks"),
    Finish: ("finish", "done"),
}
_WORDS = {
    "path": ("path", "file_path", "filePath", "file", "filename"),
    "content": ("content", "contents", "text"),
    "old": ("old", "old_string", "oldString", "search", "find"),
    "new": ("new", "new_string", "newString", "replace", "replacement"),
    "command": ("command", "argv", "cmd"),
    "summary": ("summary", "text", "message"),
    "left_open": ("left_open", "open"),
}
_WHERE = re.compile(r"[Ww]orking directory: (/\S+)")
_SHELL = re.compile(r"[|&;<>$`*?()]")
APP = "/workspace/app"


class NoTool(ValueError):
    """The request offers no tool for an action; the lab answers 400."""


@dataclass(frozen=True)
class Toolset:
    tools: Mapping[str, Mapping[str, Any]]
    root: str = APP

    @classmethod
    def of(cls, tools: Mapping[str, Mapping[str, Any]], told: str) -> Toolset:
        """`told` is searched for the directory that a program says it works in."""
        where = _WHERE.search(told)
        return cls(tools, where[1] if where else APP)

    def offers(self, kind: type[Action]) -> bool:
        return self._name(kind) is not None

    def call(self, action: Action) -> tuple[str, Json]:
        """The tool's name and arguments. Raises NoTool."""
        if isinstance(action, Cut):
            action = action.action
        name = self._name(type(action))
        if name is not None:
            return name, self._filled(name, _values(action))
        if isinstance(action, Delete):
            return self.call(Run(f"rm -f {shlex.quote(action.path)}"))
        if isinstance(action, Check):
            return self.call(Run(action.command))
        raise NoTool(f"no tool for {type(action).__name__} among {', '.join(self.tools)}")

    def _name(self, kind: type[Action]) -> str | None:
        by_name = {name.lower(): name for name in self.tools}
        return next((by_name[word] for word in _NAMES.get(kind, ()) if word in by_name), None)

    def _filled(self, name: str, values: Mapping[str, Any]) -> Json:
        schema = self.tools[name]
        properties: Mapping[str, Any] = schema.get("properties") or {}
        filled: Json = {}
        for word, value in values.items():
            own = next((one for one in _WORDS[word] if one in properties), None)
            if own is not None:
                filled[own] = self._formed(word, value, own, properties[own])
        for own, inner in properties.items():
            # Several edits in one call: `edits` holds objects with the words of one.
            items = inner.get("items") if inner.get("type") == "array" else None
            if own not in filled and items and "old" in values and items.get("properties"):
                filled[own] = [Toolset({name: items}, self.root)._filled(name, values)]
        for own in schema.get("required") or ():
            if own not in filled and (properties.get(own) or {}).get("type") == "string":
                filled[own] = "as planned"
        return filled

    def _formed(self, word: str, value: Any, own: str, schema: Mapping[str, Any]) -> Any:
        if word == "path" and own in {"file_path", "filePath"} and not value.startswith("/"):
            return f"{self.root}/{value}"
        if word == "command" and (schema.get("type") == "array" or own == "argv"):
            return ["sh", "-c", value] if _SHELL.search(value) else shlex.split(value)
        return value


def _values(action: Action) -> Json:
    match action:
        case Read(path) | Delete(path):
            return {"path": path}
        case Write(path, content):
            return {"path": path, "content": content}
        case Edit(path, old, new):
            return {"path": path, "old": old, "new": new}
        case Run(command):
            return {"command": command}
        case Finish(summary, left_open):
            return {"summary": summary, "left_open": list(left_open)}
    return {}
