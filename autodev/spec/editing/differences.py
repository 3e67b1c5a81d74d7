"""What one Spec has that another lacks, as short lines for a person. Pure, over the documents as JSON has them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

SHOWN_MAX = 60
# By what the members of a list are known; the others are compared as a whole.
NAMES = ("id", "name", "path", "text", "title")


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """One line a difference: `entities.Book.fields.isbn: removed`, `title: “Library” → “Books”`."""
    return list(_compare("", old, new))


def _compare(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            yield from _member(_at(path, key), old, new, key)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(path, old, new)
    else:
        yield f"{path}: {_shown(old)} → {_shown(new)}"


def _member(path: str, old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> Iterator[str]:
    if key not in new:
        yield f"{path}: removed"
    elif key not in old:
        yield f"{path}: added"
    else:
        yield from _compare(path, old[key], new[key])


def _lists(path: str, old: list[Any], new: list[Any]) -> Iterator[str]:
    before, after = _named(old), _named(new)
    if before is None or after is None:
        yield from (f"{path}: removed {_shown(one)}" for one in old if one not in new)
        yield from (f"{path}: added {_shown(one)}" for one in new if one not in old)
        if len(old) == len(new) and all(one in new for one in old):
            yield f"{path}: in another order"
        return
    for key in dict.fromkeys([*before, *after]):
        yield from _member(_at(path, key), before, after, key)
    if list(before) != list(after) and set(before) == set(after):
        yield f"{path}: in another order"


def _named(items: list[Any]) -> dict[str, Any] | None:
    """The members by what they are known by; None where that is not one word each."""
    if not all(isinstance(one, Mapping) for one in items):
        return None
    names = []
    for one in items:
        key = next((str(one[word]) for word in NAMES if one.get(word)), None)
        names.append(f"{one['method']} {key}" if "method" in one else key)
    if None in names or len(set(names)) < len(names):
        return None
    return {str(name): one for name, one in zip(names, items, strict=True)}


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(value: Any) -> str:
    text = f"“{value}”" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 1]}…"
