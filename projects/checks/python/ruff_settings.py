"""The platform's rules for ruff. A project chooses its line length and nothing else: it cannot switch a rule off."""

from __future__ import annotations

import tomllib
from pathlib import Path

from projects.checks.project_files import read_text

RULES = ("B", "C4", "E", "F", "I", "PIE", "SIM", "UP", "W")
# Long strings are left as they are by the formatter, which keeps the code itself within the line.
IGNORED = ("E501",)
CONFIG = "/run/autodev/ruff.toml"
_DEFAULT_LENGTH = 88


def configuration(root: Path) -> bytes:
    """ruff.toml for the project at `root`."""
    return configuration_of(read_text(root, "pyproject.toml"))


def configuration_of(pyproject: str) -> bytes:
    """ruff.toml for a project with this pyproject.toml."""
    text = f"""line-length = {_line_length(pyproject)}
target-version = "py311"
src = ["/workspace/app", "/workspace/app/src"]
respect-gitignore = false
extend-exclude = ["migrations", "alembic/versions"]
[lint]
select = {list(RULES)}
ignore = {list(IGNORED)}
extend-safe-fixes = ["F841"]
[lint.flake8-bugbear]
extend-immutable-calls = ["fastapi.Depends", "fastapi.Query", "typer.Option", "typer.Argument"]
"""
    return text.replace("'", '"').encode()


def _line_length(pyproject: str) -> int:
    try:
        found = tomllib.loads(pyproject).get("tool", {}).get("ruff", {}).get("line-length")
    except (tomllib.TOMLDecodeError, AttributeError):
        found = None
    return found if isinstance(found, int) and 72 <= found <= 120 else _DEFAULT_LENGTH
