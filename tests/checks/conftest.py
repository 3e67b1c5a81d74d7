"""A real sandbox, the sample's lock as the registry resolves it now, and the layers, built once for the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from autodev.blueprints.manifest import Manifest
from autodev.sandbox import Isolation, SandboxBackend, get_backend
from projects.checks.ladder import run_ladder
from projects.checks.layers import LayerSource, SandboxLayers
from projects.checks.types import LadderReport, RungResult
from projects.research.resolver import resolve
from tests.checks import sample

Climb = Callable[..., LadderReport]


@pytest.fixture(scope="session")
def backend() -> SandboxBackend:
    found = get_backend(Isolation.PROCESS)
    assert found.name == "bubblewrap", found.probe().reasons
    return found


@pytest.fixture(scope="session")
def lock() -> str:
    return resolve(sample.REQUIREMENTS).lock


@pytest.fixture(scope="session")
def layers(backend: SandboxBackend) -> LayerSource:
    return SandboxLayers(backend)


@pytest.fixture
def climb(tmp_path: Path, backend: SandboxBackend, lock: str, layers: LayerSource) -> Climb:
    """Runs the ladder on the sample with changes: `climb({path: text or None}, only=…)`."""

    def run(
        changes: dict[str, str | None] | None = None,
        *,
        manifest: Manifest = sample.MANIFEST,
        only: set[str] | None = None,
        lock: str = lock,
    ) -> LadderReport:
        root = sample.write(tmp_path / "project", changes)
        return run_ladder(root=root, manifest=manifest, lock=lock, backend=backend, layers=layers, only=only)

    return run


def rung(report: LadderReport, key: str) -> RungResult:
    """That rung's result; it must be there."""
    found = report.rung(key)
    assert found is not None
    return found


def red(report: LadderReport) -> set[str]:
    """The rungs that failed."""
    return {r.key for r in report.rungs if r.status == "failed"}
