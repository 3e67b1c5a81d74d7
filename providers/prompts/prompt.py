"""A version of a prompt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

import yaml


@dataclass(frozen=True, kw_only=True)
class Example:
    """What is asked, and an answer that would be right."""

    asked: str
    answer: Any

    def text(self) -> str:
        answer = self.answer if isinstance(self.answer, str) else json.dumps(self.answer, ensure_ascii=False)
        return f"Asked:\n{self.asked.strip()}\nA right answer:\n{answer.strip()}"


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """`kind` is the kind of job that it is for; `form` names the pydantic model of the answer as `module:Class`, and
    `schema` is that model's JSON schema. `note` says what is different about this version."""

    name: str
    version: int
    kind: str
    text: str
    form: str
    schema: Mapping[str, Any]
    examples: tuple[Example, ...]
    note: str

    @property
    def id(self) -> str:
        """`repair@2`, as it stands in the ledger."""
        return f"{self.name}@{self.version}"

    def render(self, **values: str) -> str:
        """The prompt filled in; `$schema` and `$examples` are its own. A value that this version does not want is left
        out, so that one caller serves all versions. Raises KeyError for one that it wants and did not get."""
        own = {
            "schema": json.dumps(self.schema, ensure_ascii=False),
            "examples": "\n\n".join(example.text() for example in self.examples),
        }
        return Template(self.text).substitute({**own, **values}).strip()


def examples_in(text: str) -> tuple[Example, ...]:
    """The examples of an `examples.yaml`."""
    return tuple(Example(asked=str(one["asked"]), answer=one["answer"]) for one in yaml.safe_load(text) or [])
