"""The arguments of a call as a model wrote them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from providers.kinds.agent.given import loaded
from providers.kinds.agent.tools.editing import Edit
from providers.kinds.agent.tools.specs import usage


class BadArguments(ValueError):
    """Arguments that cannot be used; the message helps to write them again."""


def read_arguments(name: str, text: str, *, cut: bool) -> dict[str, Any]:
    """The object. `cut`: the answer that held the call was broken off by the output limit. Raises BadArguments."""
    try:
        values = loaded(text)
    except ValueError as error:
        if cut:
            raise BadArguments(
                "your answer was cut off at the output limit within this call, and it was not carried out. Write less "
                "at once: the first part by write_file, each further one by write_file with append, or small edits"
            ) from error
        where = f"…{text[max(0, error.pos - 40) : error.pos + 40]}…" if isinstance(error, json.JSONDecodeError) else ""
        near = f", near {where!r}" if where else ""
        raise BadArguments(
            f"the arguments are not JSON: {error}{near}. Quotes, backslashes and line ends within a text are "
            f'written \\", \\\\ and \\n; {usage(name)}'
        ) from error
    if not isinstance(values, dict):
        raise BadArguments(f"the arguments must be an object; {usage(name)}")
    return values


def text_of(values: Mapping[str, Any], word: str) -> str:
    if word not in values:
        raise BadArguments(f"the argument {word!r} is missing")
    value = values[word]
    if not isinstance(value, str):
        raise BadArguments(f"the argument {word!r} must be a text")
    return value


def number_of(values: Mapping[str, Any], word: str) -> int | None:
    value = values.get(word)
    if value is None or value == "":
        return None
    try:
        return max(1, int(value))
    except (TypeError, ValueError):
        raise BadArguments(f"the argument {word!r} must be a number") from None


def flag_of(values: Mapping[str, Any], word: str) -> bool:
    return str(values.get(word, "")).lower() in {"true", "1", "yes"}


def argv_of(values: Mapping[str, Any]) -> list[str]:
    """A list of words; a line of text is taken apart as a shell would, without one."""
    argv = values.get("argv", values.get("command"))
    if isinstance(argv, str):
        try:
            argv = shlex.split(argv)
        except ValueError as error:
            raise BadArguments(f"the command cannot be read: {error}") from error
    if not isinstance(argv, list) or not argv:
        raise BadArguments("the argument 'argv' must be a list of words")
    return [str(word) for word in argv]


def edits_of(values: Mapping[str, Any]) -> list[Edit]:
    """`edits`, or one edit whose `old` and `new` stand beside the path."""
    given = values.get("edits", [values] if "old" in values else None)
    if isinstance(given, Mapping):
        given = [given]
    if not isinstance(given, list) or not given or not all(isinstance(one, Mapping) for one in given):
        raise BadArguments(f"the argument 'edits' is missing; {usage('edit_file')}")
    return [Edit(old=text_of(one, "old"), new=text_of(one, "new"), all=flag_of(one, "all")) for one in given]


def texts_of(values: Mapping[str, Any], word: str) -> list[str]:
    """A list of texts; one text is a list of one."""
    value = values.get(word) or []
    return [value] if isinstance(value, str) else [str(one) for one in value] if isinstance(value, list) else []
