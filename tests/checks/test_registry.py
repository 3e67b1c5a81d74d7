"""Rungs and fixers that plug-ins bring, and those that cannot be loaded."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from autodev.blueprints.manifest import Manifest
from autodev.sandbox.backends import RefusingBackend
from projects.checks import registry
from projects.checks.ladder import run_ladder
from projects.checks.types import LadderReport, RungResult
from projects.fixes import registry as fixes
from projects.fixes.types import Files, Fix
from tests.checks import sample
from tests.fixes.conftest import report

pytestmark = pytest.mark.feature("F1.16")


class Licence:
    """A plug-in's rung."""

    key, title, position, needs, required = "licence", "Licence", 55, (), True

    def applies(self, manifest: Manifest) -> bool:
        return True

    def run(self, ctx: Any) -> RungResult:
        there = (ctx.root / "LICENSE").is_file()
        return RungResult(key=self.key, status="passed" if there else "failed")


class Lost(Licence):
    """A plug-in's rung that cannot say whether it applies."""

    key = "lost"

    def applies(self, manifest: Manifest) -> bool:
        raise LookupError("lost")


class Readme:
    """A plug-in's fixer."""

    key, position = "readme", 5

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        return Fix(fixer=self.key, title="Add a readme", edits={"README.md": "# x\n"})


class Raising(Readme):
    key = "raising"

    def plan(self, report: LadderReport, files: Files) -> Fix | None:
        raise ValueError("no")


LICENCE, LOST, README, RAISING, SHAPELESS = Licence(), Lost(), Readme(), Raising(), object()


def install(monkeypatch: pytest.MonkeyPatch, where: Any, *names: str) -> None:
    """Register plug-ins as an installed package would."""
    targets = {name: f"{__name__}:{name}" if name.isupper() else "nowhere:X" for name in names}
    entries = [EntryPoint(name=name, value=value, group=where.GROUP) for name, value in targets.items()]
    monkeypatch.setattr(where, "entry_points", lambda group: entries if group == where.GROUP else [])


def test_a_rung_of_a_plugin_takes_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, registry, "LICENCE")
    keys = [rung.key for rung in registry.rungs_for(sample.MANIFEST)]
    assert keys.index("lint") < keys.index("licence") < keys.index("security")
    found = run_ladder(
        root=tmp_path, manifest=sample.MANIFEST, lock="", backend=RefusingBackend(["none"]), only={"licence"}
    )
    assert [(r.key, r.status) for r in found.rungs] == [("licence", "failed")]


@pytest.mark.parametrize(("name", "words"), [("gone", "ModuleNotFoundError"), ("SHAPELESS", "AttributeError")])
def test_a_broken_plugin_is_seen_and_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, words: str
) -> None:
    install(monkeypatch, registry, name)
    found = run_ladder(
        root=tmp_path, manifest=sample.MANIFEST, lock="", backend=RefusingBackend(["none"]), only={f"plugin:{name}"}
    )
    assert found.rungs[0].status == "not_run"
    assert words in found.rungs[0].reason
    assert found.required == frozenset()


def test_a_rung_that_cannot_say_whether_it_applies_is_left_in(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, registry, "LOST")
    assert "lost" in [rung.key for rung in registry.rungs_for(sample.MANIFEST)]


def test_the_rungs_of_a_library_have_no_smoke_run() -> None:
    bare = Manifest.model_validate(sample.MANIFEST.model_dump() | {"run": None})
    assert "smoke" not in [rung.key for rung in registry.rungs_for(bare)]


def test_fixers_of_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    install(monkeypatch, fixes, "README", "RAISING", "SHAPELESS", "gone")
    fixers = fixes.all_fixers()
    assert [f.key for f in fixers][:2] == ["raising", "readme"]
    plans = [fixes.plan_fix(fixer, report(), fixes.ProjectFiles(tmp_path)) for fixer in fixers]
    assert [fix.fixer for fix in plans if fix is not None] == ["readme"]
