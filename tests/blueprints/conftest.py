from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from autodev.blueprints.registry import get
from autodev.spec.schema import Spec


class Project:
    """A rendered project in a folder, and the virtual environment that its tools run in."""

    def __init__(self, folder: Path, venv: Path) -> None:
        self.folder, self.venv = folder, venv

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Runs a module's command (`pytest`, `mypy app`) in the project, with nothing of our own environment."""
        env = {"PATH": f"{self.venv / 'bin'}:{os.defpath}", "HOME": str(self.folder)}
        return subprocess.run(
            [str(self.venv / "bin" / "python"), "-m", *argv],
            cwd=self.folder, env=env, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip


def write(files: dict[str, str], folder: Path) -> Path:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def fastapi_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One environment with everything that the service blueprint requires."""
    venv = tmp_path_factory.mktemp("fastapi-venv") / "venv"
    needed = get("fastapi-service").manifest.requirements
    packages = [*needed.runtime, *needed.dev, *(name for names in needed.by_database.values() for name in names)]
    subprocess.run(["uv", "venv", "-q", str(venv)], check=True, timeout=300)
    subprocess.run(
        ["uv", "pip", "install", "-q", "--python", str(venv / "bin" / "python"), *packages], check=True, timeout=300
    )
    return venv


def rendered(spec: Spec, name: str = "fastapi-service") -> dict[str, str]:
    return get(name).render(spec, pins={}, lock=None)
