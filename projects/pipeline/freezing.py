"""What a plan freezes for a product of any stack: requirements, and the checks that will measure them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.spec.schema import Spec
from projects.models import Build
from projects.pipeline.imported_ladder import freeze_imported
from projects.pipeline.records import write_plan
from projects.pipeline.rungs import ladder_of
from projects.pipeline.stacks import is_imported, manifest_of


def freeze(build: Build, spec: Spec, stack: Mapping[str, Any]) -> int:
    """Writes the rows; those that are there already stay as they are. Gives the number of acceptance checks."""
    manifest = manifest_of(stack)
    if is_imported(stack):
        return freeze_imported(build, spec, manifest, stack)
    return write_plan(build, spec, manifest, ladder_of(manifest, build.options))
