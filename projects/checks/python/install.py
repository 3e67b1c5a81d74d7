"""The locked packages install, from wheels, with their hashes, and nothing among them contradicts."""

from __future__ import annotations

from autodev.blueprints.manifest import Manifest
from autodev.sandbox import SandboxInstallFailed
from projects.checks.context import VENV, CheckContext, NotRun
from projects.checks.types import FindingData, RungResult

_HINTS = {
    "unsatisfiable": "Resolve the requirements again: a pinned version does not exist or has no wheel.",
    "hash_mismatch": "A file differs from the one that was locked. Resolve again, and look at why it changed.",
    "limit": "The packages need more time, memory or space than an installation gets.",
}
_LIST = (
    "import importlib.metadata as m, json;"
    "print(json.dumps(sorted(f'{d.metadata[\"Name\"]}=={d.version}' for d in m.distributions())))"
)


class Install:
    key = "install"
    title = "Installation"
    position = 20
    needs = ()
    required = True

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        try:
            layer = ctx.project_layer()
        except SandboxInstallFailed as error:
            if error.kind in ("unreachable", "sandbox"):
                raise NotRun(str(error)) from error
            finding = FindingData(rule=f"install.{error.kind}", message=str(error), hint=_HINTS.get(error.kind, ""))
            return ctx.answer(self.key, "failed", findings=[finding], said=error.log)
        with ctx.workspace() as workspace:
            done = ctx.run([f"{VENV}/bin/python", "-I", "-c", _LIST], workspace=workspace, project=True)
        if not done.ok:
            finding = FindingData(rule="install.broken", message="The installed environment does not start.")
            return ctx.answer(self.key, "failed", findings=[finding])
        return ctx.answer(self.key, "passed", metrics={"layer": layer.key, "built": layer.built})


RUNG = Install()
