"""`python -m projects.checks.python.refresh_tools`: lock the platform's tools anew, at today's versions."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from projects.checks.layers import BROWSER_LOCK, TOOLS_LOCK
from projects.research.resolver import resolve

TOOLS = ("bandit", "mypy", "openapi-spec-validator", "ruff")
BROWSER = ("playwright",)


def refresh(names: Sequence[str], target: Path) -> None:
    """Write the lock of these. Raises what `resolve` raises; an answer that is not the registry's is refused."""
    with tempfile.TemporaryDirectory() as empty:
        found = resolve(names, python=">=3.11", cache=Path(empty))
    if found.source != "registry":
        raise RuntimeError(f"the registry did not answer: {found.warnings}")
    target.write_text(found.lock, encoding="utf-8")


if __name__ == "__main__":
    refresh(TOOLS, TOOLS_LOCK)
    refresh(BROWSER, BROWSER_LOCK)
