"""A name that is used and never imported, where it is plain which one is meant."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import yaml

from projects.checks.types import LadderReport
from projects.fixes.types import Files, Fix

NAMES_FILE = Path(__file__).with_name("names.yaml")
_UNDEFINED = (re.compile(r"Undefined name `(\w+)`"), re.compile(r'Name "(\w+)" is not defined'))
_RULES = ("F821", "name-defined")


class MissingImport:
    key = "missing-import"
    position = 50

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        known = import_lines()
        wanted: dict[str, set[str]] = {}
        for _, finding in report.findings:
            if finding.rule not in _RULES or not finding.file:
                continue
            for pattern in _UNDEFINED:
                for name in pattern.findall(finding.message):
                    if name in known:
                        wanted.setdefault(finding.file, set()).add(known[name])
        edits = {path: add_imports(files.read(path), sorted(lines)) for path, lines in wanted.items()}
        return Fix(fixer=self.key, title="Add missing imports", edits=edits) if edits else None


@functools.cache
def import_lines() -> dict[str, str]:
    """Name → the line that imports it."""
    data: dict[str, str] = yaml.safe_load(NAMES_FILE.read_text(encoding="utf-8"))
    return data


def add_imports(text: str, lines: list[str]) -> str:
    """The text with these lines before its first import that is not from `__future__`; without one, after the
    module's docstring and comments."""
    rows = text.split("\n")
    at = next((i for i, row in enumerate(rows) if _is_import(row)), None)
    if at is None:
        at = _after_head(rows)
    return "\n".join([*rows[:at], *lines, *rows[at:]])


def _is_import(row: str) -> bool:
    return row.startswith(("import ", "from ")) and not row.startswith("from __future__")


def _after_head(rows: list[str]) -> int:
    at, quote = 0, ""
    for i, row in enumerate(rows):
        stripped = row.strip()
        if quote:
            quote = "" if quote in stripped else quote
        elif stripped[:3] in ('"""', "'''"):
            quote = "" if stripped.count(stripped[:3]) > 1 else stripped[:3]
        elif stripped and not stripped.startswith("#") and not row.startswith("from __future__"):
            break
        at = i + 1
    return at


FIXER = MissingImport()
