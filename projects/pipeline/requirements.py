"""What a product needs of the package registry."""

from __future__ import annotations

from autodev.blueprints.blueprint import Blueprint
from autodev.blueprints.manifest import Manifest
from autodev.spec.schema import Spec


def database_of(spec: Spec, manifest: Manifest) -> str | None:
    """The one the Spec names if the blueprint has it, else the blueprint's first; None where it stores nothing."""
    if spec.database and spec.database in manifest.databases:
        return spec.database
    return manifest.databases[0] if manifest.databases else None


def requirements_of(blueprint: Blueprint, spec: Spec) -> list[str]:
    """What the product needs to run and to be tested, unpinned, for the database of the Spec."""
    wanted = blueprint.manifest.requirements
    by_database = wanted.by_database.get(database_of(spec, blueprint.manifest) or "", [])
    return [*wanted.runtime, *by_database, *wanted.dev]
