"""A folder of modules without `__init__.py`, which an import then does not find."""

from __future__ import annotations

from pathlib import PurePosixPath

from projects.checks.types import LadderReport
from projects.fixes.python.modules import missing_modules
from projects.fixes.types import Files, Fix


class MissingInit:
    key = "missing-init"
    position = 30

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        edits = {}
        for name in missing_modules(report):
            path = PurePosixPath(*name.split("."))
            if not (files.is_file(f"{path}.py") or files.is_dir(str(path))):
                continue
            folders = [path, *path.parents] if files.is_dir(str(path)) else list(path.parents)
            for folder in folders:
                init = f"{folder}/__init__.py"
                if str(folder) != "." and not files.is_file(init):
                    edits[init] = ""
        return Fix(fixer=self.key, title="Add missing __init__.py", edits=edits) if edits else None


FIXER = MissingInit()
