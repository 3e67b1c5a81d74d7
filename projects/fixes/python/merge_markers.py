"""Conflict markers that a merge left: the first side stays."""

from __future__ import annotations

import re

from projects.checks.types import LadderReport
from projects.fixes.types import Files, Fix

_CONFLICT = re.compile(r"^<{7} [^\n]*\n(.*?)(?:^\|{7} [^\n]*\n.*?)?^={7}\n.*?^>{7} [^\n]*\n", re.MULTILINE | re.DOTALL)


class MergeMarkers:
    key = "merge-markers"
    position = 10

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        edits = {}
        for path in {f.file for key, f in report.findings if key == "parse" and f.file}:
            text = files.read(path)
            resolved = _CONFLICT.sub(r"\1", text)
            if resolved != text:
                edits[path] = resolved
        return Fix(fixer=self.key, title="Take out conflict markers", edits=edits) if edits else None


FIXER = MergeMarkers()
