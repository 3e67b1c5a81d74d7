"""What a product is made of, as the research of its build wrote it down: a blueprint's, or a repository's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.blueprints import registry
from autodev.blueprints.manifest import Manifest
from projects.selectors.mainline import GREEN, MANIFEST, RED

__all__ = ["GREEN", "MANIFEST", "PROVES", "RED", "is_imported", "manifest_of", "suite_commands"]

# In a stack: requirement → `kept` (by the tests that were green before) or `new` (by tests that came with it).
PROVES = "proves"


def is_imported(stack: Mapping[str, Any]) -> bool:
    """Whether the product came with its repository."""
    return MANIFEST in stack


def manifest_of(stack: Mapping[str, Any]) -> Manifest:
    """Raises BlueprintError for a blueprint that is no longer there."""
    if is_imported(stack):
        return Manifest.model_validate(stack[MANIFEST])
    return registry.get(str(stack["blueprint"])).manifest


def suite_commands(stack: Mapping[str, Any]) -> list[list[str]]:
    """The commands that run the product's own tests from its root, with its packages; none where nothing here can run
    them, or there are none. Raises BlueprintError."""
    manifest = manifest_of(stack)
    if manifest.language != "python":
        return []
    command = ["python", "-m", "pytest", "-q"]
    if not is_imported(stack):
        return [[*command, manifest.tests]]
    # As its own tests are measured: from the root, or from `src` where its packages lie there.
    path = ["env", "PYTHONPATH=src"] if manifest.source.startswith("src/") else []
    return [[*path, *command, *([manifest.tests] if manifest.tests != "." else [])]]
