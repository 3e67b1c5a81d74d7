"""The answers that prompts ask for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from pydantic import BaseModel

from providers.prompts.prompt import Prompt


def form_of(prompt: Prompt) -> type[BaseModel]:
    """The pydantic model of a prompt's answer. Raises TypeError where its `form` names none."""
    return form_named(prompt.form)


def form_named(place: str) -> type[BaseModel]:
    """`module:Class` as the class. Raises TypeError where it is no pydantic model."""
    module, _, name = place.partition(":")
    found = getattr(import_module(module), name)
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise TypeError(f"{place} is no pydantic model")
    return found


def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """What `schema.json` of a prompt with this form holds."""
    return form.model_json_schema()
