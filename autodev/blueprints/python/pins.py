"""The requirements of a project as its `pyproject.toml` and lock name them."""

from __future__ import annotations

from collections.abc import Mapping

from autodev.blueprints.manifest import Manifest, Requirements


def requirements_of(manifest: Manifest, database: str | None) -> Requirements:
    """The manifest's requirements with those of the database, sorted."""
    extra = manifest.requirements.by_database.get(database or "", [])
    runtime = sorted({*manifest.requirements.runtime, *extra})
    return Requirements(runtime=runtime, dev=sorted(set(manifest.requirements.dev)))


def pinned(name: str, pins: Mapping[str, str]) -> str:
    """The requirement with its version, `fastapi==0.165.0`; as it is where research pinned none.

    A pin may be given for the requirement as the manifest writes it (`psycopg[binary]`) or without its extras.
    """
    version = pins.get(name) or pins.get(name.partition("[")[0])
    return f"{name}=={version}" if version else name
