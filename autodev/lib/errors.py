"""Domain errors: a code for programs, a message for a person, a hint on what to do. Each door maps them to its own
form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypedDict


class FieldError(TypedDict):
    """What is wrong with one part of a document: `field` is its path, with dots between."""

    field: str
    message: str


class DomainError(Exception):
    """Base of every error that a user may see. `code` is stable; `status` is the HTTP status the API answers with.
    `errors` says what is wrong with which part of what was given, where that is known."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    hint: str = ""

    def __init__(self, message: str, *, hint: str | None = None, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.errors = tuple(errors)
        if hint is not None:
            self.hint = hint
