"""The platform's rules for ruff. A project chooses its line length and which imports are its own, nothing else: it
cannot switch a rule off."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from projects.checks.project_files import read_text

RULES = ("B", "C4", "E", "F", "I", "PIE", "SIM", "UP", "W")
# Long strings are left as they are by the formatter, which keeps the code itself within the line.
IGNORED = ("E501",)
CONFIG = "/run/autodev/ruff.toml"
_DEFAULT_LENGTH = 88
_NAME = re.compile(r"[\w.-]{1,80}")


def configuration(root: Path) -> bytes:
    """ruff.toml for the project at `root`."""
    return configuration_of(read_text(root, "pyproject.toml"))


def configuration_of(pyproject: str) -> bytes:
    """ruff.toml for a project with this pyproject.toml."""
    own = _table(_parsed(pyproject), "tool", "ruff")
    imports = _table(own, "lint", "isort")
    sources = [f"/workspace/app/{folder}" for folder in _names(own, "src") or [".", "src"]]
    return f"""line-length = {_line_length(own)}
target-version = "py311"
src = {json.dumps(sources)}
respect-gitignore = false
extend-exclude = ["migrations", "alembic/versions"]
[lint]
select = {json.dumps(RULES)}
ignore = {json.dumps(IGNORED)}
extend-safe-fixes = ["F841"]
[lint.isort]
known-first-party = {json.dumps(_names(imports, "known-first-party"))}
known-third-party = {json.dumps(_names(imports, "known-third-party"))}
[lint.flake8-bugbear]
extend-immutable-calls = ["fastapi.Depends", "fastapi.Query", "typer.Option", "typer.Argument"]
""".encode()


def _parsed(pyproject: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(pyproject)
    except tomllib.TOMLDecodeError:
        return {}


def _table(data: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for key in path:
        inner = data.get(key)
        data = inner if isinstance(inner, dict) else {}
    return data


def _names(table: Mapping[str, Any], key: str) -> list[str]:
    """The plain names listed there; anything else is left out."""
    found = table.get(key)
    return [n for n in found if isinstance(n, str) and _NAME.fullmatch(n)] if isinstance(found, list) else []


def _line_length(own: Mapping[str, Any]) -> int:
    found = own.get("line-length")
    return found if isinstance(found, int) and 72 <= found <= 120 else _DEFAULT_LENGTH
