"""What the plan writes down: requirements, and the checks that will measure them, frozen by digest."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.blueprints.manifest import Manifest
from autodev.spec.checks import Check as CheckData
from autodev.spec.checks import digest
from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.schema import Spec
from projects.checks.gate_rows import ADVISORY
from projects.checks.types import Rung
from projects.models import Build, Check, CheckKind, Requirement
from projects.pipeline.rungs import Relaxed


def write_plan(build: Build, spec: Spec, manifest: Manifest, rungs: Sequence[Rung]) -> int:
    """One Requirement and its Checks for each requirement of the Spec, and one Check for each rung of the ladder. A
    row that is
    there already stays as it is: checks are frozen. Gives the number of acceptance checks."""
    for position, rung in enumerate(rungs):
        Check.objects.get_or_create(
            build=build,
            key=rung.key,
            defaults={
                "kind": CheckKind.LADDER, "title": rung.title, "required": rung.required, "position": position,
                "definition": {ADVISORY: True} if isinstance(rung, Relaxed) else {},
            },
        )  # fmt: skip
    count = 0
    for position, requirement in enumerate(spec.requirements):
        row, _ = Requirement.objects.get_or_create(
            build=build,
            key=requirement.id,
            defaults={
                "sentence": requirement.sentence, "text": requirement.text, "kind": requirement.kind,
                "understood": requirement.understood, "note": requirement.note, "position": position,
            },
        )  # fmt: skip
        compiled = compile_requirement(spec, requirement, manifest.dialect) if manifest.dialect else []
        for check in compiled:
            count += 1
            _freeze(build, row, check, position=100 + count)
    return count


def _freeze(build: Build, requirement: Requirement, check: CheckData, *, position: int) -> None:
    Check.objects.get_or_create(
        build=build,
        key=check.id,
        defaults={
            "requirement": requirement, "kind": CheckKind.ACCEPTANCE, "title": check.title,
            "definition": check.model_dump(mode="json"), "digest": digest(check), "position": position,
        },
    )  # fmt: skip
