"""What fits into a snapshot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Counts and bytes of one snapshot."""

    files: int = 20_000
    file_bytes: int = 32 * 1024 * 1024
    total_bytes: int = 256 * 1024 * 1024
    path_bytes: int = 1024


# What tools leave behind: never part of the product, whatever its own .gitignore says.
LEFTOVERS = (
    ".venv/", "venv/", "node_modules/", "__pycache__/", "*.py[cod]", ".pytest_cache/", ".mypy_cache/", ".ruff_cache/",
    ".hypothesis/", ".coverage", ".coverage.*", "htmlcov/", "*.egg-info/", ".tox/", ".nox/", ".DS_Store",
)  # fmt: skip
