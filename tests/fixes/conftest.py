"""The checks' sandbox, layers and lock, and a project that is measured, snapshot and restored."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend
from projects.checks.ladder import run_ladder
from projects.checks.layers import LayerSource
from projects.checks.types import FindingData, LadderReport, RungResult, RungStatus
from projects.fixes.apply import applier
from projects.fixes.refine import RefineResult, refine
from projects.research.resolver import resolve
from tests.checks import sample
from tests.checks.conftest import backend, layers, lock

__all__ = ["backend", "layers", "lock"]


@dataclass
class Workshop:
    """A project with its history: `snapshot` copies it, `restore` brings a copy back."""

    root: Path
    history: Path
    backend: SandboxBackend
    layers: LayerSource
    lock: str
    requirements: list[str] = field(default_factory=lambda: list(sample.REQUIREMENTS))
    only: set[str] | None = None
    ladders: int = 0

    def measure(self) -> LadderReport:
        self.ladders += 1
        return run_ladder(
            root=self.root, manifest=sample.MANIFEST, lock=self.lock, backend=self.backend, layers=self.layers,
            only=self.only,
        )  # fmt: skip

    def snapshot(self, title: str) -> str:
        name = str(len(list(self.history.iterdir())))
        shutil.copytree(self.root, self.history / name / "files")
        (self.history / name / "lock").write_text(self.lock)
        return name

    def restore(self, name: str) -> None:
        shutil.rmtree(self.root)
        shutil.copytree(self.history / name / "files", self.root)
        self.lock = (self.history / name / "lock").read_text()

    def require(self, names: Sequence[str]) -> None:
        self.requirements += names
        self.lock = resolve(self.requirements).lock

    def refine(self, *, max_rounds: int = 3) -> RefineResult:
        apply = applier(
            root=self.root, manifest=sample.MANIFEST, lock=self.lock, backend=self.backend, layers=self.layers,
            require=self.require,
        )  # fmt: skip
        return refine(
            root=self.root, run_ladder=self.measure, snapshot=self.snapshot, restore=self.restore, apply=apply,
            max_rounds=max_rounds,
        )  # fmt: skip


@pytest.fixture
def workshop(tmp_path: Path, backend: SandboxBackend, layers: LayerSource, lock: str) -> Workshop:
    (tmp_path / "history").mkdir()
    (tmp_path / "project").mkdir()
    return Workshop(tmp_path / "project", tmp_path / "history", backend, layers, lock)


class TextFiles(dict[str, str]):
    """Files in memory, for planning."""

    def read(self, path: str) -> str:
        return self.get(path, "")

    def is_file(self, path: str) -> bool:
        return path in self

    def is_dir(self, path: str) -> bool:
        return any(name.startswith(f"{path}/") for name in self)


def report(*findings: FindingData, rung: str = "types", status: RungStatus = "failed") -> LadderReport:
    """A report with one rung that holds these findings."""
    result = RungResult(key=rung, status=status, findings=findings)
    return LadderReport(rungs=(result,), required=frozenset({rung}))
