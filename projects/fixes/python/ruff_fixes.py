"""ruff's own safe fixes of the rules that are red: unused imports and names, import order, old syntax."""

from __future__ import annotations

from projects.checks.python.ruff_settings import CONFIG, configuration_of
from projects.checks.types import LadderReport
from projects.fixes.types import Files, Fix, ToolRun


class RuffFixes:
    key = "ruff-fixes"
    position = 60

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        red = [f for key, f in report.findings if key == "lint" and f.rule not in ("format", "syntax") and f.file]
        if not red:
            return None
        paths = tuple(sorted({f.file for f in red}))
        rules = ",".join(sorted({f.rule for f in red}))
        tool = ToolRun(
            program="ruff",
            arguments=("check", "--fix-only", "--exit-zero", "--no-cache", "--config", CONFIG, "--select", rules),
            paths=paths,
            files={CONFIG: configuration_of(files.read("pyproject.toml"))},
        )
        cause = "\n".join(sorted(f"{f.place} {f.rule}" for f in red))
        return Fix(fixer=self.key, title=f"Apply ruff's fixes ({rules})", tool=tool, cause=cause)


FIXER = RuffFixes()
