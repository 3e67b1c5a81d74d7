"""Which fixers there are: the modules of `projects.fixes.python`, and plug-ins of the group `autodev.fixes`.

A plug-in that cannot be loaded is logged and left out: a fix is a help, never a condition.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
from importlib.metadata import entry_points
from pathlib import Path

from projects.checks.project_files import kind, read_text
from projects.checks.types import LadderReport
from projects.fixes import python
from projects.fixes.types import Files, Fix, Fixer

GROUP = "autodev.fixes"
log = logging.getLogger(__name__)


class ProjectFiles:
    """The files below a root that untrusted code has made."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, path: str) -> str:
        return read_text(self._root, path)

    def is_file(self, path: str) -> bool:
        return kind(self._root, path) == "file"

    def is_dir(self, path: str) -> bool:
        return kind(self._root, path) == "dir"


def all_fixers() -> list[Fixer]:
    """Every fixer in its order. The first with a key wins."""
    found: dict[str, Fixer] = {}
    for module in pkgutil.iter_modules(python.__path__, f"{python.__name__}."):
        fixer = getattr(importlib.import_module(module.name), "FIXER", None)
        if fixer is not None:
            found[fixer.key] = fixer
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        try:
            fixer = entry.load()
            place = (int(fixer.position), str(fixer.key))
            found.setdefault(place[1], fixer)
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises must not stop the others
            log.warning("fixer_broken", extra={"fixer": entry.name, "error": str(error)})
    return sorted(found.values(), key=lambda f: (f.position, f.key))


def plan_fix(fixer: Fixer, report: LadderReport, files: Files) -> Fix | None:
    """What the fixer plans; None where it has nothing, or raises."""
    try:
        return fixer.plan(report, files)
    except Exception:
        log.exception("fixer_raised", extra={"fixer": fixer.key})
        return None
