"""Domain errors: a code for programs, a message for a person, a hint on what to do. Each door maps them to its own
form."""

from __future__ import annotations

from typing import ClassVar


class DomainError(Exception):
    """Base of every error that a user may see. `code` is stable; `status` is the HTTP status the API answers with."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
