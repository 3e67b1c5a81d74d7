"""Which rungs there are: the modules of `projects.checks.python`, and plug-ins.

A plug-in's entry point in the group `autodev.checks` names an object with the shape of `Rung`. One that cannot be
loaded becomes a rung of its own that is `not_run` with the reason, so that it is seen and breaks nothing.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from dataclasses import dataclass, field
from importlib.metadata import entry_points

from autodev.blueprints.manifest import Manifest
from projects.checks import python
from projects.checks.context import CheckContext, NotRun
from projects.checks.types import Rung, RungResult

GROUP = "autodev.checks"
_ATTRIBUTES = ("key", "title", "position", "needs", "required", "applies", "run")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BrokenRung:
    """Stands for a plug-in that could not be loaded. Optional: it must not turn every build red."""

    key: str
    reason: str
    title: str = "Plug-in that could not be loaded"
    position: int = 900
    needs: tuple[str, ...] = field(default=())
    required: bool = False

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: CheckContext) -> RungResult:
        raise NotRun(self.reason)


def all_rungs() -> list[Rung]:
    """Every rung in the ladder's order. The first with a key wins."""
    found: dict[str, Rung] = {}
    for module in pkgutil.iter_modules(python.__path__, f"{python.__name__}."):
        rung = getattr(importlib.import_module(module.name), "RUNG", None)
        if rung is not None:
            found[rung.key] = rung
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        rung = _plugin(entry.name, entry.load)
        found.setdefault(rung.key, rung)
    return sorted(found.values(), key=lambda r: (r.position, r.key))


def _plugin(name: str, load: object) -> Rung:
    try:
        rung = load()  # type: ignore[operator]  # the entry point's own method
        for attribute in _ATTRIBUTES:
            getattr(rung, attribute)
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises must not stop the others
        log.warning("check_broken", extra={"check": name, "error": str(error)})
        return BrokenRung(key=f"plugin:{name}", reason=f"{type(error).__name__}: {error}")
    return rung  # type: ignore[no-any-return]  # checked just above


def rungs_for(manifest: Manifest) -> list[Rung]:
    """The rungs that say something about such a project. A plug-in whose `applies` raises is left in, to be seen."""
    return [rung for rung in all_rungs() if _applies(rung, manifest)]


def _applies(rung: Rung, manifest: Manifest) -> bool:
    try:
        return rung.applies(manifest)
    except Exception:
        log.exception("check_applies_failed", extra={"check": rung.key})
        return True
