"""What pydantic found wrong with a document, in words for the person who wrote it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from autodev.lib.errors import FieldError


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Each thing that is wrong: its path with dots between, and what is wrong with it."""
    return tuple({"field": dotted(detail["loc"]), "message": in_words(detail)} for detail in error.errors())


def dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path)


def in_words(detail: ErrorDetails) -> str:
    """One sentence of what is wrong."""
    if detail["type"] == "extra_forbidden":
        return "This key is not known."
    if detail["type"] == "missing":
        return "This key is missing."
    if detail["type"].startswith("model_"):
        return "A mapping of keys and values is wanted here."
    text = detail["msg"].removeprefix("Value error, ")
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
