"""Phase 2 of an import: which language it is of, how it is tested, and the versions of what it needs."""

from __future__ import annotations

from typing import Any

from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded, Waits, WorkFailed
from projects.importing.layout import Layout
from projects.importing.manifest import NAME, manifest_of_layout
from projects.importing.requirements import RUNNER
from projects.pipeline.imported_ladder import proves
from projects.pipeline.imported_stack import layout_at
from projects.pipeline.resolving import resolved
from projects.pipeline.stacks import MANIFEST, PROVES
from projects.research.errors import RegistryUnreachable
from projects.research.options import ResearchOptions


def run(ctx: TaskContext) -> Outcome:
    """Gives the stack. Requirements that no versions satisfy leave what runs the tests alone, and say so."""
    build = ctx.build
    ctx.progress(10, "Looking how it is tested")
    layout = layout_at(build.project_id, build.head)
    manifest = manifest_of_layout(layout, title=build.project.name)
    notes = list(layout.notes)
    found: dict[str, Any] = {"pins": {}, "packages": {}, "lock": "", "warnings": []}
    if layout.language == "python":
        try:
            found, more = _resolve(ctx, layout)
        except RegistryUnreachable as error:  # an outage passes; it is no failure of the work
            return Waits(
                reason=f"The package registry does not answer: {str(error).splitlines()[0]}", on="the registry"
            )
        notes += more
    stack = {
        "blueprint": NAME, "reason": "It came with its own code.", "alternatives": [], **found,
        MANIFEST: manifest.model_dump(mode="json"), "requirements": list(layout.requirements),
        PROVES: proves(None, Spec.model_validate(build.spec)),
    }  # fmt: skip
    told = [*notes, *found["warnings"]]
    return Succeeded(
        result={**stack, "warnings": told},
        degraded=[] if layout.language == "python" else notes,
        build_updates={
            "tech_stack": {**({"python": layout.python} if layout.language == "python" else {}), **found["pins"]},
            "warnings": told if layout.language == "python" else found["warnings"],
        },
        merge=False,
    )


def _resolve(ctx: TaskContext, layout: Layout) -> tuple[dict[str, Any], list[str]]:
    """(the versions, what is to be said). Raises RegistryUnreachable, WorkFailed where not even the runner resolves."""
    ctx.progress(30, "Resolving what it needs")
    options = ResearchOptions(**ctx.build.options.get("research", {}))

    def ask(key: str, wanted: tuple[str, ...]) -> dict[str, Any]:
        answer: dict[str, Any] = ctx.journal.once(
            key, lambda: resolved(ctx, wanted, python=layout.python, options=options), title="Resolved versions"
        )
        return answer

    try:
        return ask("resolve", layout.requirements), []
    except WorkFailed as failed:
        why = next((line.strip() for line in failed.message.splitlines() if line.strip()), "no versions fit together")
        said = f"What it needs cannot be installed here, so its tests run without it: {why[:300]}"
        return ask("resolve:runner", RUNNER), [said]
