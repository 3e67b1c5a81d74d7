from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from autodev.blueprints.registry import get


@pytest.fixture(scope="session")
def django_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One environment with everything that the web blueprint requires."""
    venv = tmp_path_factory.mktemp("django-venv") / "venv"
    needed = get("django-web").manifest.requirements
    packages = [*needed.runtime, *needed.dev, *(name for names in needed.by_database.values() for name in names)]
    install = ["uv", "pip", "install", "-q", "--python", str(venv / "bin" / "python"), *packages]
    subprocess.run(["uv", "venv", "-q", str(venv)], check=True, timeout=300)
    subprocess.run(install, check=True, timeout=300, env=dict(os.environ))
    return venv
