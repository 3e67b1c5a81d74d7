"""The jobs that the tests of the loop give it."""

from __future__ import annotations

from typing import Any

from autodev.contracts.contexts import ExtendContext, Problem, RepairContext
from autodev.spec.rules import analyse

SPEC = analyse("Create a REST API for a todo app with authentication", constraints={}, preferences={})
EXTEND = ExtendContext(
    spec=SPEC, blueprint="fastapi-service", open_requirements=["The shop greets", "The shop thanks"],
    commands=[["pytest", "-q"]],
)  # fmt: skip
REPAIR = RepairContext(
    spec=SPEC, blueprint="fastapi-service", problems=[Problem(check="lint", message="unused import", place="app.py:1")]
)
DONE: tuple[str, dict[str, Any]] = ("finish", {"summary": "It greets.", "left_open": ["no translation"]})


def write(path: str, content: str = "1\n") -> tuple[str, dict[str, Any]]:
    return "write_file", {"path": path, "content": content}


def read(path: str) -> tuple[str, dict[str, Any]]:
    return "read_file", {"path": path}
