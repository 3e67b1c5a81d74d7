"""Every Python file parses and compiles."""

from __future__ import annotations

import json

from autodev.blueprints.manifest import Manifest
from projects.checks.context import INSIDE, CheckContext, require_tool_exit
from projects.checks.types import FindingData, RungResult

_SCRIPT = "/run/autodev/parse_all.py"


class Parse:
    key = "parse"
    title = "Syntax"
    position = 10
    needs = ()
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        files = {_SCRIPT: (INSIDE / "parse_all.py").read_bytes()}
        python = ctx.tool("python")
        with ctx.workspace() as workspace:
            done = ctx.run([python, "-I", "-S", _SCRIPT, ctx.manifest.source], workspace=workspace, files=files)
        require_tool_exit(done, good=(0,))
        data = json.loads(done.stdout)
        findings = [
            FindingData(
                rule="syntax", message=e["message"], file=e["file"], line=e["line"], column=e["column"],
                hint="The file cannot be read as Python at this place.",
            )
            for e in data["errors"]
        ]  # fmt: skip
        if data["files"] == 0:
            findings.append(FindingData(rule="empty", message="The project has no Python file."))
        said = "\n".join(f"{f.place}: {f.message}" for f in findings) or f"{data['files']} files parsed"
        metrics = {"files": data["files"], "imports": data["imports"]}
        return ctx.answer(self.key, "failed" if findings else "passed", findings=findings, said=said, metrics=metrics)


RUNG = Parse()
