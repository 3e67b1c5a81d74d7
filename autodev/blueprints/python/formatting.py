"""Formats rendered Python with ruff, by the configuration that the project itself carries."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]  # ruff ships no types

from autodev.blueprints.render import BlueprintError

TIMEOUT_S = 60


def format_python(files: Mapping[str, str]) -> dict[str, str]:
    """The files with unused imports taken out, imports sorted and code formatted; other files come back as they are.

    The rendered `pyproject.toml`, where there is one, sets line length and the like. Raises BlueprintError for Python
    that does not parse.
    """
    with tempfile.TemporaryDirectory(prefix="autodev-format-") as name:
        root = Path(name)
        chosen = {path for path in files if path.endswith((".py", ".pyi"))}
        for path in chosen | ({"pyproject.toml"} & files.keys()):
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(files[path], encoding="utf-8")
        if chosen:
            collapsed = ["--config", "lint.isort.split-on-trailing-comma=false"]
            _ruff(root, "check", "--fix-only", "--select", "I,F401", "--exit-zero", "--no-cache", *collapsed, ".")
            collapsed += ["--config", "format.skip-magic-trailing-comma=true"]
            _ruff(root, "format", "--no-cache", *collapsed, ".")
        return {
            path: (root / path).read_text(encoding="utf-8") if path in chosen else text for path, text in files.items()
        }


def _ruff(root: Path, *args: str) -> None:
    ran = subprocess.run(
        [find_ruff_bin(), *args], cwd=root, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        env={"PATH": os.defpath},
    )  # fmt: skip
    if ran.returncode != 0:
        raise BlueprintError(f"rendered Python does not parse: {(ran.stdout + ran.stderr).strip()[:2000]}")
