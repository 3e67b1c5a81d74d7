"""The tools as a model is told of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

# Calls of these in one turn are carried out at once; nothing depends on their order.
READ_ONLY = frozenset({"list_files", "read_file", "search"})
# What runs a program or waits for a person: it is written down before, so that a resumed job knows that it was cut off.
SLOW = frozenset({"run_command", "run_checks", "ask_person"})
FINISH = "finish"


@cache
def specs() -> tuple[Mapping[str, Any], ...]:
    """In the form of OpenAI's chat completions."""
    return tuple(json.loads(files(__package__).joinpath("specs.json").read_text(encoding="utf-8")))


@cache
def schemas() -> Mapping[str, Mapping[str, Any]]:
    """Name → JSON schema of the arguments."""
    return {one["function"]["name"]: one["function"]["parameters"] for one in specs()}


def usage(name: str) -> str:
    """The arguments of a tool in a line, for a model that called it wrongly."""
    schema = schemas().get(name)
    if schema is None:
        return f"the tools are {', '.join(schemas())}"
    required = set(schema.get("required", ()))
    words = [f"{word}{'' if word in required else ' (optional)'}" for word in schema["properties"]]
    return f"{name} takes a JSON object with {', '.join(words) or 'nothing'}"
