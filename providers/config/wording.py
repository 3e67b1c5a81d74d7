"""Pydantic's errors in plain words."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel

from providers.config.problems import Place, Problem

WORDS = {
    "missing": "is missing",
    "finite_number": "must be a finite number",
    "decimal_parsing": "must be a number",
    "decimal_type": "must be a number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "string_pattern_mismatch": "has another form than a name here",
    "string_too_short": "must not be empty",
    "string_too_long": "has more than {max_length} characters",
    "too_short": "needs at least {min_length}",
    "too_long": "has more than {max_length}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
}


def said(error: Any, document: type[BaseModel]) -> Problem:
    """One error of a document's validation, without what was given: that could be a key."""
    # Markers of how a value was tried are no part of the way to it.
    place: Place = tuple(part for part in error["loc"] if part != "[key]")
    kind = error["type"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _keys(document, place[:-1]), n=1)
        return Problem(place=place, message="there is no such key" + (f"; did you mean {near[0]!r}?" if near else ""))
    if kind == "literal_error" and "," not in str(error["ctx"]["expected"]) and " or " not in str(error["ctx"]):
        return Problem(place=place, message=f"must be {error['ctx']['expected']}")
    words = WORDS.get(kind)
    bounds = {name: f"{value:g}" if isinstance(value, float) else value for name, value in error.get("ctx", {}).items()}
    message = words.format(**bounds) if words else error["msg"].removeprefix("Value error, ")
    return Problem(place=place, message=message)


def _keys(model: Any, place: Place) -> list[str]:
    """The keys that may stand at a place: the fields of the model that is reached by it."""
    for part in place:
        fields = getattr(model, "model_fields", None)
        model = fields[part].annotation if fields is not None and part in fields else _inner(model)
    model = _inner(model) if getattr(model, "model_fields", None) is None else model
    return list(getattr(model, "model_fields", {}))


def _inner(annotation: Any) -> Any:
    """The model within a list, a mapping or an option; nothing where there is none."""
    for argument in reversed(get_args(annotation)):
        if hasattr(argument, "model_fields"):
            return argument
        inner = _inner(argument)
        if inner is not None:
            return inner
    return None
