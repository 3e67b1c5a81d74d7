"""An imported package that is not among the requirements. Only names of a shipped list are added: a guess could install
whatever somebody registered under that name."""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path

import yaml

from projects.checks.types import LadderReport
from projects.fixes.python.modules import missing_modules
from projects.fixes.types import Files, Fix

PACKAGES_FILE = Path(__file__).with_name("packages.yaml")
_DEPENDENCIES = re.compile(r"^dependencies = \[\n?", re.MULTILINE)


class MissingDependency:
    key = "missing-dependency"
    position = 40

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        known = packages()
        wanted = set()
        for name in missing_modules(report):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or files.is_dir(top) or files.is_file(f"{top}.py"):
                continue
            if top in known:
                wanted.add(known[top])
        if not wanted:
            return None
        names = tuple(sorted(wanted))
        project = files.read("pyproject.toml")
        edited = add_dependencies(project, names)
        edits = {"pyproject.toml": edited} if edited != project else {}
        return Fix(fixer=self.key, title=f"Require {', '.join(names)}", edits=edits, requirements=names)


@functools.cache
def packages() -> dict[str, str]:
    """Import name → package."""
    data: dict[str, str] = yaml.safe_load(PACKAGES_FILE.read_text(encoding="utf-8"))
    return data


def add_dependencies(pyproject: str, names: tuple[str, ...]) -> str:
    """The text with these at the head of `[project] dependencies`; unchanged where there is no such list."""
    fresh = [name for name in names if not re.search(rf'"{re.escape(name)}["\[<>=~! ;]', pyproject)]
    lines = "".join(f'    "{name}",\n' for name in fresh)
    return _DEPENDENCIES.sub(lambda m: f"dependencies = [\n{lines}", pyproject, count=1) if fresh else pyproject


FIXER = MissingDependency()
