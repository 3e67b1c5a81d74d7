"""docs/seeds.md tells the truth: what it says is here can be imported, and everything else says what it comes with."""

from __future__ import annotations

import functools
import importlib
import re
from pathlib import Path

import pytest

TEXT = (Path(__file__).parent.parent / "docs" / "seeds.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| seed")
]
PLACES = sorted({place for row in ROWS for place in re.findall(r"`([a-z_.]+:[A-Za-z_.]+)`", row[1])})
STAGES = ("Providers", "Recovery", "Agents", "Languages", "Platform")


@pytest.mark.parametrize("place", PLACES)
def test_what_is_said_to_be_here_is_here(place: str) -> None:
    module, _, name = place.partition(":")
    found = functools.reduce(getattr, name.split("."), importlib.import_module(module))
    assert found is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_a_row_has_a_place_or_says_what_it_comes_with(row: list[str]) -> None:
    seed, here, note = row
    assert seed
    later = re.search(r"comes? with (\w+)", note)
    assert here or later or "scripts/" in note or "Python is here" in note
    if later:
        assert later[1] in STAGES


@pytest.mark.parametrize("seed", ["000", "001", "002", "003", "004"])
def test_every_document_has_its_section(seed: str) -> None:
    assert re.search(rf"^## {seed}: ", TEXT, re.MULTILINE)
