"""What is wrong with a configuration: each problem with its key, and its line where there is a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from autodev.lib.errors import DomainError, FieldError

Place = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """`place` are the keys and positions that lead to it. Line and column count from 1; 0 is unknown."""

    place: Place
    message: str
    line: int = 0
    column: int = 0

    @property
    def key(self) -> str:
        """`chains.default.providers[1]`."""
        text = ""
        for part in self.place:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
        return text

    def said(self, source: str) -> str:
        if source:
            where = f"{source}:{self.line}:{self.column}: " if self.line else f"{source}: "
        else:
            where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.key}: {self.message}" if self.place else f"{where}{self.message}"


class ConfigInvalid(DomainError):
    """A configuration that is refused as a whole. `problems` are all that was found, in the order of their lines; the
    message says each on a line of its own."""

    code: ClassVar[str] = "config_invalid"
    status: ClassVar[int] = 422
    hint = "Nothing was changed. docs/models-yaml.md says what each key takes."

    def __init__(self, problems: Sequence[Problem], *, source: str = "models.yaml") -> None:
        self.problems = tuple(sorted(problems, key=lambda one: (one.line, one.column, one.key)))
        self.source = source
        super().__init__(
            "\n".join(one.said(source) for one in self.problems),
            errors=[FieldError(field=one.key, message=one.said("")) for one in self.problems],
        )


class ConfigMoved(DomainError):
    """The configuration is not the one that was looked at."""

    code: ClassVar[str] = "config_changed"
    status: ClassVar[int] = 412
    hint = "Read it again, and put your change into what is there now. Nothing was changed."
