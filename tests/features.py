"""Which tests drive which row of docs/features.md. `pytest --features` prints the matrix instead of running."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

LIST = Path(__file__).parent.parent / "docs" / "features.md"
_ROW = re.compile(r"^\| (F\d+\.\d+) \| (.+?) \|", re.MULTILINE)


def rows() -> dict[str, str]:
    """Number → capability, of the rows that docs/features.md says are there."""
    return dict(_ROW.findall(LIST.read_text()))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--features", action="store_true", help="print which tests drive which feature, and run nothing")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    listed = rows()
    found: dict[str, list[str]] = defaultdict(list)
    for item in items:
        for mark in item.iter_markers("feature"):
            for number in mark.args:
                if number not in listed:
                    raise pytest.UsageError(f"{item.nodeid}: docs/features.md has no row {number}")
                found[number].append(item.nodeid)
    if config.getoption("--features"):
        for number, what in listed.items():
            print(f"{number:6} {len(found[number]):4}  {what}")  # noqa: T201 - this is what was asked for
            for nodeid in found[number]:
                print(f"             {nodeid}")  # noqa: T201 - as above
        items.clear()
