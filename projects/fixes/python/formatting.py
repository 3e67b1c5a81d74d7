"""Files that are not formatted."""

from __future__ import annotations

from projects.checks.python.ruff_settings import CONFIG, configuration_of
from projects.checks.types import LadderReport
from projects.fixes.types import Files, Fix, ToolRun


class Formatting:
    key = "formatting"
    position = 90

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        paths = tuple(sorted({f.file for key, f in report.findings if key == "lint" and f.rule == "format" and f.file}))
        if not paths:
            return None
        tool = ToolRun(
            program="ruff",
            arguments=("format", "--no-cache", "--config", CONFIG),
            paths=paths,
            files={CONFIG: configuration_of(files.read("pyproject.toml"))},
        )
        cause = "\n".join(f"{path}\n{files.read(path)}" for path in paths)
        return Fix(fixer=self.key, title="Format the code", tool=tool, cause=cause)


FIXER = Formatting()
