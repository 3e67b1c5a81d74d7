"""A document from outside as a Spec, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from autodev.lib.invalid import in_words
from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.dialects.steps import ScenarioError
from autodev.spec.editing.problem import Problem
from autodev.spec.editing.references import loose_ends
from autodev.spec.editing.text import Document, NotReadable, read
from autodev.spec.schema import ProjectType, Spec

PROBLEMS_MAX = 50
DIALECT_OF: Mapping[ProjectType, str] = {"rest_api": "rest_json", "web_app": "html_forms", "cli": "cli"}
HINTS = {
    "string_pattern_mismatch": "Names are small letters, digits and underscores; entities begin with a capital.",
    "literal_error": "Choose one of these words.",
    "missing": "Every part of this kind needs it.",
    "extra_forbidden": "Remove it, or see how it is spelled.",
    "union_tag_invalid": "Choose one of these words.",
    "union_tag_not_found": "Say of which kind it is (`op`, `do` or `kind`).",
}


class SpecRefused(ValueError):
    """The document is no Spec that a product can be made of; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.where}: {problem.message}" for problem in problems))
        self.problems = problems


def spec_from_text(text: str, *, dialect: str | None = None) -> Spec:
    """The Spec that a text in YAML or JSON describes. Raises SpecRefused, each problem with its line."""
    try:
        document = read(text)
    except NotReadable as error:
        raise SpecRefused([Problem((), error.message, line=error.line)]) from error
    try:
        return spec_from(document.data, dialect=dialect)
    except SpecRefused as refused:
        raise SpecRefused([replace(p, line=document.line_of(p.path)) for p in refused.problems]) from refused


def spec_from(data: Any, *, dialect: str | None = None) -> Spec:
    """The Spec that a document as JSON has it describes; `dialect` is the one its checks are compiled for, else that of
    the project type. Raises SpecRefused."""
    if not isinstance(data, Mapping):
        raise SpecRefused([Problem((), "A mapping of keys and values is wanted.", "Begin with `name: …`.")])
    try:
        spec = Spec.model_validate(dict(data))
    except ValidationError as error:
        document = Document(data)
        problems = [_problem(detail, document) for detail in error.errors()[:PROBLEMS_MAX]]
        raise SpecRefused(problems) from error
    except RecursionError as error:
        raise SpecRefused([Problem((), "The parts lie too deep in each other.")]) from error
    problems = loose_ends(spec) or _uncompilable(spec, dialect or DIALECT_OF.get(spec.project_type))
    if problems:
        raise SpecRefused(problems[:PROBLEMS_MAX])
    return spec


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    return Problem(_in_document(detail["loc"], document.data), in_words(detail), HINTS.get(detail["type"], ""))


def _in_document(loc: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """The path without what pydantic adds to tell members of a union apart. The last part may be a missing key."""
    path: list[str | int] = []
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(data, Mapping) and part in data:
            data = data[str(part)]
        elif isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
            data = data[part]
        elif not last or not isinstance(data, Mapping) or _tells(part, data):
            continue
        path.append(part)
    return tuple(path)


def _tells(part: str | int, data: Mapping[str, Any]) -> bool:
    return part in (data.get("op"), data.get("do"), data.get("kind"))


def _uncompilable(spec: Spec, dialect: str | None) -> list[Problem]:
    if dialect is None:
        return []
    problems = []
    for index, requirement in enumerate(spec.requirements):
        try:
            compile_requirement(spec, requirement, dialect)
        except ScenarioError as error:
            problems.append(Problem(("requirements", index, "scenarios"), f"{error}.", error.hint))
    return problems
