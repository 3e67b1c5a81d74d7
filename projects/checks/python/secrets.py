"""No credential lies in the project's files."""

from __future__ import annotations

import json

from autodev.blueprints.manifest import Manifest
from projects.checks.context import INSIDE, CheckContext, require_tool_exit
from projects.checks.types import FindingData, RungResult

_SCRIPT = "/run/autodev/scan_secrets.py"
_PATTERNS = "/run/autodev/secret_patterns.json"


class Secrets:
    key = "secrets"
    title = "Secrets"
    position = 65
    needs = ()
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: CheckContext) -> RungResult:
        files = {
            _SCRIPT: (INSIDE / "scan_secrets.py").read_bytes(),
            _PATTERNS: (INSIDE / "secret_patterns.json").read_bytes(),
        }
        with ctx.workspace() as workspace:
            done = ctx.run([ctx.tool("python"), "-I", "-S", _SCRIPT, _PATTERNS], workspace=workspace, files=files)
        require_tool_exit(done, good=(0,))
        findings = [
            FindingData(
                rule=e["rule"], message=e["title"], file=e["file"], line=e["line"], column=e["column"],
                hint="Take it out, read it from the environment, and withdraw it if it was real.",
            )
            for e in map(json.loads, done.stdout.splitlines())
        ]  # fmt: skip
        said = "\n".join(f"{f.place}: {f.message}" for f in findings) or "No credential found"
        return ctx.answer(self.key, "failed" if findings else "passed", findings=findings, said=said)


RUNG = Secrets()
