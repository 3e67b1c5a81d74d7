"""Which blueprints there are: those of this package and those that plug-ins bring by the entry point group.

A plug-in's entry point in the group `autodev.blueprints` names a package that holds `blueprint.yaml`, `files/` and
`context.py`. One that cannot be read is reported by `broken()` and otherwise left out.
"""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import yaml
from pydantic import ValidationError

from autodev.blueprints.blueprint import Blueprint
from autodev.blueprints.manifest import Manifest
from autodev.blueprints.render import BlueprintError
from autodev.blueprints.selection import Selection, choose
from autodev.spec.schema import Spec

GROUP = "autodev.blueprints"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Broken:
    """A blueprint that could not be read, and why."""

    name: str
    error: str


def all_blueprints() -> list[Blueprint]:
    """Every readable blueprint by name, hidden ones included. A manifest is read again when its file has changed."""
    return _load()[0]


def broken() -> list[Broken]:
    """The plug-ins that could not be read."""
    return _load()[1]


def get(name: str) -> Blueprint:
    """The blueprint of that name. Raises BlueprintError with the names there are."""
    blueprints = {b.name: b for b in all_blueprints()}
    if name not in blueprints:
        known = ", ".join(n for n, b in blueprints.items() if not b.manifest.hidden)
        raise BlueprintError(f"no blueprint {name!r}; there are: {known}")
    return blueprints[name]


def select(spec: Spec, *, wanted: str | None = None) -> Selection:
    """The blueprint for a Spec, or None with an honest reason. `wanted` names one outright."""
    return choose(spec, all_blueprints(), wanted=wanted)


def _load() -> tuple[list[Blueprint], list[Broken]]:
    found: dict[str, Blueprint] = {}
    failed: list[Broken] = []
    here = Path(__file__).parent
    sources = [
        (p.parent.name, p.parent, f"{__package__}.{p.parent.name}") for p in sorted(here.glob("*/blueprint.yaml"))
    ]
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        try:
            module = importlib.import_module(entry.module)
            sources.append((entry.name, Path(str(module.__file__)).parent, entry.module))
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises must not stop the others
            failed.append(_report(entry.name, error))
    for name, folder, package in sources:
        try:
            blueprint = Blueprint(read_manifest(folder / "blueprint.yaml"), folder, package)
        except BlueprintError as error:
            failed.append(_report(name, error))
            continue
        taken = found.setdefault(blueprint.name, blueprint)
        if taken is not blueprint:
            failed.append(_report(name, BlueprintError(f"the name {taken.name!r} is taken by {taken.package}")))
    return sorted(found.values(), key=lambda b: b.name), failed


def _report(name: str, error: Exception) -> Broken:
    log.warning("blueprint_broken", extra={"blueprint": name, "error": str(error)})
    return Broken(name, f"{type(error).__name__}: {error}")


_manifests: dict[Path, tuple[int, Manifest]] = {}


def read_manifest(path: Path) -> Manifest:
    """The manifest in that file. Raises BlueprintError with the file and the key at fault."""
    try:
        changed = path.stat().st_mtime_ns
        kept = _manifests.get(path)
        if kept is None or kept[0] != changed:
            kept = (changed, Manifest.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))))
            _manifests[path] = kept
        return kept[1]
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BlueprintError(f"{path}: {key}: {first['msg']}") from error
    except (OSError, yaml.YAMLError) as error:
        raise BlueprintError(f"{path}: {error}") from error
