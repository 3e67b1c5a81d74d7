"""One thing that is wrong with a Spec, and where."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.lib.invalid import dotted


@dataclass(frozen=True)
class Problem:
    """`path` leads through the document; `line` of the text counts from 1, where there is a text."""

    path: tuple[str | int, ...]
    message: str
    hint: str = ""
    line: int | None = None

    @property
    def where(self) -> str:
        """The path with dots between, `document` for the whole."""
        return dotted(self.path) or "document"
