"""ruff: rules and formatting, by the platform's configuration."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from autodev.blueprints.manifest import Manifest
from projects.checks.context import CheckContext, require_tool_exit
from projects.checks.python.ruff_settings import CONFIG, configuration
from projects.checks.types import FindingData, RungResult

_ROOT = PurePosixPath("/workspace/app")


class Lint:
    key = "lint"
    title = "Lint and formatting"
    position = 50
    needs = ("parse",)
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        ruff = ctx.tool("ruff")
        files = {CONFIG: configuration(ctx.root)}
        common = ["--config", CONFIG, "--no-cache", "--output-format", "json"]
        with ctx.workspace() as workspace:
            checked = ctx.run([ruff, "check", *common, "."], workspace=workspace, files=files)
            formatted = ctx.run([ruff, "format", "--check", *common, "."], workspace=workspace, files=files)
        require_tool_exit(checked)
        require_tool_exit(formatted)
        findings = parse_ruff(checked.stdout) + [_unformatted(f) for f in parse_ruff(formatted.stdout)]
        said = "\n".join(f"{f.place}: {f.rule} {f.message}" for f in findings) or "All checks passed"
        green = checked.ok and formatted.ok
        return ctx.answer(self.key, "passed" if green else "failed", findings=findings, said=said)


def parse_ruff(output: str) -> list[FindingData]:
    """Findings of `--output-format json`. Raises ValueError when it is not that."""
    return [
        FindingData(
            rule=str(entry.get("code") or "syntax"),
            message=entry["message"],
            file=_relative(entry["filename"]),
            line=(entry.get("location") or {}).get("row"),
            column=(entry.get("location") or {}).get("column"),
            hint=str((entry.get("fix") or {}).get("message") or ""),
        )
        for entry in json.loads(output or "[]")
    ]


def _unformatted(finding: FindingData) -> FindingData:
    return FindingData(
        rule="format", message="The file is not formatted.", file=finding.file, line=finding.line, hint="ruff format"
    )


def _relative(filename: str) -> str:
    path = PurePosixPath(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else str(path)


RUNG = Lint()
