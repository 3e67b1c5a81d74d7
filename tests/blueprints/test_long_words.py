"""Words that are longer than a line leave the rendered project without a finding of its own linter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.blueprints.conftest import rendered, write
from tests.blueprints.fastapi_specs import SPECS

LONG = "; ".join(["Nobody may hold more loans than the shelves of a small library can spare"] * 3)


@pytest.mark.parametrize("blueprint", ["fastapi-service", "django-web"])
def test_a_rule_and_a_requirement_of_many_words(blueprint: str, tmp_path: Path) -> None:
    spec = SPECS["library"]()
    spec.entity("Loan").rules[0].message = LONG
    spec.requirements[0].text = LONG
    spec.requirements[0].scenarios[0] = spec.requirements[0].scenarios[0].model_copy(update={"title": LONG[:200]})
    files = rendered(spec, blueprint)
    assert any(LONG in text for path, text in files.items() if path.startswith("app/"))
    argv = [sys.executable, "-m", "ruff", "check", "--no-cache", "."]
    checked = subprocess.run(argv, cwd=write(files, tmp_path), capture_output=True, text=True, timeout=300, check=False)
    assert checked.returncode == 0, checked.stdout
