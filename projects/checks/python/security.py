"""bandit on the source package: patterns that are dangerous in Python."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

from autodev.blueprints.manifest import Manifest
from projects.checks.context import CheckContext, require_tool_exit
from projects.checks.types import FindingData, RungResult, Severity

_INI = "/run/autodev/bandit.ini"


class Security:
    key = "security"
    title = "Security"
    position = 60
    needs = ("parse",)
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        bandit = ctx.tool("bandit")
        with ctx.workspace() as workspace:
            # Our own ini, so that a `.bandit` file in the project is not looked for.
            done = ctx.run(
                [bandit, "--quiet", "--recursive", "--format", "json", "--ini", _INI, ctx.manifest.source],
                workspace=workspace,
                files={_INI: b"[bandit]\n"},
            )
        require_tool_exit(done)
        findings, suppressed = parse_bandit(done.stdout)
        if suppressed:
            message = f"{suppressed} findings are suppressed by `# nosec` comments."
            findings.append(FindingData(rule="nosec", message=message, severity="warning"))
        said = "\n".join(f"{f.place}: {f.rule} {f.message}" for f in findings) or "No issue found"
        red = any(f.severity == "error" for f in findings)
        metrics = {"suppressed": suppressed}
        return ctx.answer(self.key, "failed" if red else "passed", findings=findings, said=said, metrics=metrics)


def parse_bandit(output: str) -> tuple[list[FindingData], int]:
    """(findings, how many were suppressed). Medium and high severity are errors, unless bandit itself is unsure.
    Raises ValueError when a file could not be examined."""
    data = json.loads(output)
    if data["errors"]:
        raise ValueError(f"bandit could not examine {data['errors'][0].get('filename')}")
    findings = [
        FindingData(
            rule=entry["test_id"], message=entry["issue_text"], severity=_severity(entry),
            file=str(PurePosixPath(entry["filename"])), line=entry["line_number"],
            column=entry.get("col_offset", 0) + 1,
            hint=entry.get("more_info", ""),
        )
        for entry in data["results"]
    ]  # fmt: skip
    return findings, int(data["metrics"]["_totals"].get("nosec", 0))


def _severity(entry: dict[str, str]) -> Severity:
    grave = entry["issue_severity"] in ("MEDIUM", "HIGH") and entry["issue_confidence"] in ("MEDIUM", "HIGH")
    return "error" if grave else "warning"


RUNG = Security()
