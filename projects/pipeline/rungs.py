"""Which rungs a build's ladder has, by its validation options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autodev.blueprints.manifest import Manifest
from projects.checks.context import CheckContext
from projects.checks.python.smoke import Smoke
from projects.checks.registry import rungs_for
from projects.checks.types import Rung, RungResult

SCANS = frozenset({"security", "secrets", "dependencies"})
STRICT = frozenset({"types", "lint"})


@dataclass(frozen=True)
class Relaxed:
    """A rung that runs and is shown, of which the gate only warns, also where it is red."""

    rung: Rung
    required: bool = False

    @property
    def key(self) -> str:
        return self.rung.key

    @property
    def title(self) -> str:
        return self.rung.title

    @property
    def position(self) -> int:
        return self.rung.position

    @property
    def needs(self) -> Sequence[str]:
        return self.rung.needs

    def applies(self, manifest: Manifest) -> bool:
        return self.rung.applies(manifest)

    def run(self, ctx: CheckContext) -> RungResult:
        return self.rung.run(ctx)


def ladder_of(manifest: Manifest, options: Mapping[str, Any]) -> list[Rung]:
    """The manifest's rungs by `validation` of autodev.yaml: `security_scan: false` leaves the scans out, `strict_mode:
    false` makes types and lint advisory, `performance_check: false` leaves the load out of the smoke run."""
    wanted = options.get("validation", {})
    found: list[Rung] = []
    for rung in rungs_for(manifest):
        if rung.key in SCANS and not wanted.get("security_scan", True):
            continue
        if isinstance(rung, Smoke) and not wanted.get("performance_check", True):
            found.append(Smoke(load=False))
            continue
        found.append(Relaxed(rung) if rung.key in STRICT and not wanted.get("strict_mode", True) else rung)
    return found
