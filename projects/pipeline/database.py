"""Which database a product is made for."""

from __future__ import annotations

from autodev.blueprints.manifest import Manifest
from autodev.spec.schema import Spec


def database_of(spec: Spec, manifest: Manifest) -> str | None:
    """The one the Spec names if the blueprint has it, else the blueprint's first; None where it stores nothing."""
    if spec.database and spec.database in manifest.databases:
        return spec.database
    return manifest.databases[0] if manifest.databases else None
