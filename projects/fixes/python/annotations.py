"""Functions that return nothing and do not say so: mypy names them, `-> None` is added."""

from __future__ import annotations

import re

from projects.checks.types import LadderReport
from projects.fixes.types import Files, Fix

_DEFINITION = re.compile(r"^(\s*(?:async\s+)?def\s+\w+\s*\(.*\))\s*(:\s*(?:#.*)?)$")


class Annotations:
    key = "annotations"
    position = 70

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        edits = {}
        for path, lines in _places(report).items():
            rows = files.read(path).split("\n")
            for line in lines:
                if line <= len(rows) and "->" not in rows[line - 1]:
                    rows[line - 1] = _DEFINITION.sub(r"\1 -> None\2", rows[line - 1])
            text = "\n".join(rows)
            if text != files.read(path):
                edits[path] = text
        return Fix(fixer=self.key, title="Annotate functions that return nothing", edits=edits) if edits else None


def _places(report: LadderReport) -> dict[str, list[int]]:
    """File → the lines of definitions of which mypy says that they return nothing."""
    found: dict[str, list[int]] = {}
    for key, finding in report.findings:
        says_so = finding.rule == "no-untyped-def" and '"-> None"' in finding.hint
        if key == "types" and says_so and finding.file and finding.line:
            found.setdefault(finding.file, []).append(finding.line)
    return found


FIXER = Annotations()
