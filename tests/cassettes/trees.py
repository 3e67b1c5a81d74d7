"""Walks over JSON: every text in it, also those of JSON that is written in a text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

DEEPEST = 20
Path = tuple[str | int, ...]


def texts(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """(where, text) of every string; keys of objects are strings, too (their `where` ends in the key itself)."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path, str(key)
            yield from texts(inner, (*path, str(key)))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from texts(inner, (*path, at))


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The same with every string changed, those of keys, too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(key)): mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [mapped(inner, change) for inner in value]
    return value


def written(text: str) -> Any:
    """The object or list that stands in a text (the arguments of a tool call); None where there is none."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None
