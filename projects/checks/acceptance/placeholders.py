"""Puts run-time values into a check's strings: what earlier steps saved, and moments of the check's own clock."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\{(?:(now|today)([+-]\d+)?|([A-Za-z_]\w*))\}")


class Placeholders:
    """`now` is the moment of the check's start, whole seconds, moved only by `advance`: two steps that speak of the
    same moment get the same one."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now.astimezone(dt.UTC).replace(microsecond=0)
        self.saved: dict[str, Any] = {}

    @classmethod
    def at_start(cls) -> Placeholders:
        """Of a check that starts now."""
        return cls(dt.datetime.now(tz=dt.UTC))

    def advance(self, seconds: int) -> None:
        self.now += dt.timedelta(seconds=seconds)

    def fill(self, value: Any) -> Any:
        """The value with every placeholder below it replaced. A string that is one placeholder becomes what was
        saved, with its type; names that nobody saved stay as they are."""
        if isinstance(value, str):
            whole = _PLACEHOLDER.fullmatch(value)
            return self._value(whole) if whole else _PLACEHOLDER.sub(lambda match: str(self._value(match)), value)
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(item) for item in value]
        return value

    def text(self, value: str) -> str:
        """The string filled; still a string."""
        return str(self.fill(value))

    def _value(self, match: re.Match[str]) -> Any:
        clock, offset, name = match.groups()
        if clock == "now":
            return (self.now + dt.timedelta(seconds=int(offset or 0))).strftime("%Y-%m-%dT%H:%M:%SZ")
        if clock == "today":
            return (self.now + dt.timedelta(days=int(offset or 0))).date().isoformat()
        return self.saved.get(name, match.group())
