"""None of the locked packages has a known vulnerability, as far as the index tells. Optional: many indexes do not."""

from __future__ import annotations

from autodev.blueprints.manifest import Manifest
from projects.checks.context import CheckContext, NotRun
from projects.checks.types import FindingData, RungResult
from projects.research.advisories import advisories
from projects.research.resolution import read_lock


class Dependencies:
    key = "dependencies"
    title = "Dependency vulnerabilities"
    position = 70
    needs = ()
    required = False

    def applies(self, manifest: Manifest) -> bool:
        return manifest.language == "python"

    def run(self, ctx: CheckContext) -> RungResult:
        packages = read_lock(ctx.lock)
        known = advisories(packages)
        findings = [
            FindingData(
                rule=a.id, message=f"{a.package} {a.version}: {a.summary}", file="requirements.lock",
                hint=f"Fixed in {', '.join(a.fixed_in)}." if a.fixed_in else "No fixed version is known.",
            )
            for a in known.found
        ]  # fmt: skip
        if not findings and known.unanswered:
            names = ", ".join(known.unanswered[:5]) + (" …" if len(known.unanswered) > 5 else "")
            raise NotRun(
                f"{len(known.unanswered)} of {len(packages)} packages have no answer ({names}): {known.reason}"
            )
        said = "\n".join(f"{f.rule}: {f.message}" for f in findings) or f"{len(packages)} packages, nothing known"
        metrics = {"packages": len(packages), "unanswered": len(known.unanswered)}
        return ctx.answer(self.key, "failed" if findings else "passed", findings=findings, said=said, metrics=metrics)


RUNG = Dependencies()
