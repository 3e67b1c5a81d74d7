"""The ladder of a repository that came with its own code: its installation and its tests count; what is ours to say
about its style is told and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.blueprints.manifest import Manifest
from autodev.spec.schema import Spec
from projects.checks.gate_rows import ADVISORY
from projects.checks.imported.shown import Arrived, Kept
from projects.checks.imported.tests import Baseline, ImportedTests
from projects.checks.types import Rung
from projects.models import Build, Check, CheckKind, Requirement
from projects.pipeline.rungs import Relaxed, ladder_of
from projects.pipeline.stacks import GREEN, PROVES, RED

COUNTS = frozenset({"install"})
# What stands in for a rung of ours, or cannot be said of code that follows other rules.
OTHERWISE = frozenset({"tests", "smoke", "parse", "lint", "types", "security"})


def baseline_of(stack: Mapping[str, Any]) -> Baseline | None:
    """How the tests were when the repository was measured last; None where it was not."""
    if GREEN not in stack:
        return None
    return Baseline(green=frozenset(stack[GREEN]), red=frozenset(stack.get(RED, ())))


def proves(before: Spec | None, spec: Spec) -> dict[str, str]:
    """Requirement → what shows it: what was wanted before by the tests that were green, what is new by new ones."""
    known = {requirement.id for requirement in (before or spec).requirements}
    return {one.id: "kept" if one.id in known else "new" for one in spec.requirements}


def imported_ladder(manifest: Manifest, options: Mapping[str, Any], stack: Mapping[str, Any]) -> list[Rung]:
    """The rungs in their order."""
    baseline = baseline_of(stack)
    ours = [rung for rung in ladder_of(manifest, options) if rung.key not in OTHERWISE]
    rungs: list[Rung] = [rung if rung.key in COUNTS or isinstance(rung, Relaxed) else Relaxed(rung) for rung in ours]
    if manifest.language == "python":
        rungs.append(ImportedTests(baseline))
        for requirement, by in stack.get(PROVES, {}).items():
            key = f"{by}:{requirement}"
            rungs.append(Arrived(baseline or Baseline(), key=key) if by == "new" else Kept(baseline, key=key))
    return sorted(rungs, key=lambda rung: (rung.position, rung.key))


def freeze_imported(build: Build, spec: Spec, manifest: Manifest, stack: Mapping[str, Any]) -> int:
    """The rows: each requirement with the rung that shows it. Gives how many have one."""
    made: dict[str, Requirement] = {}
    for position, one in enumerate(spec.requirements):
        made[one.id], _ = Requirement.objects.get_or_create(
            build=build,
            key=one.id,
            defaults={
                "sentence": one.sentence, "text": one.text, "kind": one.kind, "understood": one.understood,
                "note": one.note, "position": position,
            },
        )  # fmt: skip
    count = 0
    for position, rung in enumerate(imported_ladder(manifest, build.options, stack)):
        shown = made.get(rung.key.partition(":")[2]) if isinstance(rung, Kept | Arrived) else None
        count += shown is not None
        Check.objects.get_or_create(
            build=build,
            key=rung.key,
            defaults={
                "kind": CheckKind.LADDER, "title": rung.title, "required": rung.required, "position": position,
                "requirement": shown, "definition": {ADVISORY: True} if isinstance(rung, Relaxed) else {},
            },
        )  # fmt: skip
    return count
