"""A line of the program's output as a message for the SDK, which holds up to a hundred of them: none is large."""

from __future__ import annotations

import json
import logging
from typing import Any

from claude_agent_sdk import CLIJSONDecodeError

# Of one line: an image that is read comes whole in it.
LINE_LIMIT = 8 * 2**20
# Of all lines of a run; pieces of answers are told one by one, with a frame each.
TOTAL_LIMIT = 2**30
# Longer ones are looked at before they are read: so many values in one, which take fifty times their text in memory.
PLAIN = 256 * 1024
VALUES = 100_000
# Characters of all texts of one message that are handed on; a text of an entry is cut to 20000 anyway.
KEPT = 256 * 1024
KEPT_VALUES = 5_000
SHORT = 200
# What the program tells of a tool's result beside the text that its model gets: whole files, before and after.
UNREAD = frozenset({"tool_use_result", "toolUseResult"})
log = logging.getLogger(__name__)


def message_of(line: bytes) -> dict[str, Any] | None:
    """None for what is no message. Raises CLIJSONDecodeError for one that is broken, or is made of too many values."""
    text = line.decode(errors="replace").strip()
    if not text.startswith("{"):
        if text:
            log.debug("claude.other_output", extra={"line": text[:200]})
        return None
    large = len(line) > PLAIN
    if large and not _is_readable(line):
        raise _broken(text, ValueError(f"a message of more than {VALUES} values"))
    try:
        message: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not line.endswith(b"\n"):
            return None  # cut off in the middle: the program ended
        raise _broken(text, error) from error
    if not large:
        return message
    try:
        cut: dict[str, Any] = _Cut().of(message)
    except ValueError as error:
        raise _broken(text, error) from error
    return cut


def _is_readable(line: bytes) -> bool:
    """Whether it has at most VALUES texts and VALUES signs between them that part values."""
    plain = line.replace(rb"\\", b"").replace(rb"\"", b"")
    if plain.count(b'"') > 2 * VALUES:
        return False
    outside = b"".join(plain.split(b'"')[::2])
    return sum(outside.count(sign) for sign in (b",", b"[", b"{")) <= VALUES


def _broken(text: str, error: Exception) -> CLIJSONDecodeError:
    return CLIJSONDecodeError(text[:1000], error)


class _Cut:
    """One message with as much text as is kept. Raises ValueError where too much is left of it all the same."""

    def __init__(self) -> None:
        self._long = self._short = KEPT
        self._values = 0

    def of(self, value: Any) -> Any:
        self._values += 1
        if self._values > KEPT_VALUES:
            raise ValueError(f"a message of more than {KEPT_VALUES} values")
        if isinstance(value, str):
            return self._word(value) if len(value) <= SHORT else self._text(value)
        if isinstance(value, list):
            return [self.of(one) for one in value]
        if isinstance(value, dict):
            return {self._word(key): self.of(one) for key, one in value.items() if key not in UNREAD}
        return value

    def _text(self, value: str) -> str:
        kept = value[: self._long]
        self._long -= len(kept)
        return kept

    def _word(self, value: str) -> str:
        """Names and ids: nothing can be said of a message that lacks some."""
        self._short -= len(value)
        if self._short < 0:
            raise ValueError(f"a message of more than {KEPT} characters of names")
        return value
