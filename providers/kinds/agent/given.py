"""JSON that a model wrote, read strictly: what no database, file or other provider would take is refused."""

from __future__ import annotations

import json
import math
from typing import Any

DEEPEST = 60


def loaded(text: str) -> Any:
    """The value. Line ends within a text are let through. Raises ValueError, with the place where there is one, also
    for numbers that are none, for what is nested without end, and for characters that no text can hold."""
    try:
        found = json.loads(text or "{}", strict=False, parse_constant=_refused, parse_float=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    _look(found, 0)
    return found


def object_of(text: str) -> dict[str, Any]:
    """The object; an empty one where the text is none."""
    try:
        found = loaded(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refused(text[:40])


def _look(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("it is nested too deeply")
    if isinstance(value, str):
        odd = (
            next((one for one in value if one == "\0" or "\ud800" <= one <= "\udfff"), "") if _may_be_odd(value) else ""
        )
        if odd:
            raise ValueError(
                f"there is a character U+{ord(odd):04X} in a text, which no file holds; in a program write it by the "
                "language's own escape"
            )
    elif isinstance(value, dict):
        for name, one in value.items():
            _look(name, depth + 1)
            _look(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _look(one, depth + 1)


def _may_be_odd(text: str) -> bool:
    """Cheap: most texts are plain."""
    if "\0" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
