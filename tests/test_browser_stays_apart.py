"""The browser's driver keeps an event loop in its thread for as long as the process lives, in which no asynchronous
test can run: what drives it is in tests/browser, which `make test` runs in a process of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
# It ends the driver within its one test.
ENDS_IT = {"doors/test_journey.py"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)


def test_nothing_else_drives_a_browser() -> None:
    found = {
        str(path.relative_to(HERE))
        for path in HERE.rglob("*.py")
        if path.parent != HERE / "browser"
        and any(name.startswith(("playwright", "tests.browser")) for name in imported(path))
    }
    assert found == ENDS_IT
