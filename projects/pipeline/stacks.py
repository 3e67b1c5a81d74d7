"""What a product is made of, as the research of its build wrote it down: a blueprint's, or a repository's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.blueprints import registry
from autodev.blueprints.manifest import Manifest
from projects.selectors.mainline import GREEN, MANIFEST, RED

__all__ = ["GREEN", "MANIFEST", "PROVES", "RED", "is_imported", "manifest_of"]

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
