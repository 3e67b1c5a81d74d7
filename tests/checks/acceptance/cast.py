"""The products of these tests: where they lie, how they are started, and a way to break one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autodev.blueprints.manifest import Manifest, RunPlan
from autodev.spec.checks import Check, digest
from projects.checks.acceptance import FrozenCheck, Product

PRODUCTS = Path(__file__).parent / "products"

SERVICE = RunPlan(
    argv=["python", "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "{port}", "--no-access-log"],
    env={"DATABASE": "{data}/todo.sqlite3"},
    prepare=[["python", "migrate.py"]],
    health_path="/health",
)
PAGES = RunPlan(argv=["python", "main.py", "{port}"], env={"DATA_FILE": "{data}/site.json"}, health_path="/health/")


def manifest(name: str, *, run: RunPlan | None = None, cli: list[str] | None = None) -> Manifest:
    return Manifest(
        name=name,
        title=name,
        summary=name,
        language="python",
        framework="none",
        project_types=["rest_api"],
        source=name,
        run=run,
        cli=cli,
    )


def product(
    folder: str, *, layers: Mapping[Path, str], python: str, run: RunPlan | None = None, cli: str = ""
) -> Product:
    named = manifest(folder.replace("_", "-"), run=run, cli=["python", cli] if cli else None)
    return Product(manifest=named, root=PRODUCTS / folder, layers=layers, python=python)


def broken(whole: Product, target: Path, file: str, good: str, bad: str) -> Product:
    """A copy of the product with one rule broken."""
    shutil.copytree(whole.root, target)
    text = (target / file).read_text()
    assert text.count(good) == 1, f"{good!r} is not there once"
    (target / file).write_text(text.replace(good, bad))
    return replace(whole, root=target)


def frozen(*checks: Check) -> list[FrozenCheck]:
    return [FrozenCheck(check=check, digest=digest(check)) for check in checks]
