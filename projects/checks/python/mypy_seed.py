"""mypy's cache of the packages a project imports, made once for each layer and set of options.

Type checking FastAPI with SQLAlchemy takes 7 s with an empty cache and 0.4 s with a full one. The kept cache is made by
a run that sees the packages and a file of imports, never the project's code; each check gets a copy of it and throws
the copy away. So no project can write what another reads.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings
from packaging.utils import canonicalize_name

from autodev.sandbox import create_workspace
from autodev.sandbox.workspace import remove_tree
from projects.checks.context import CheckContext
from projects.checks.scratch import scratch
from projects.research.resolution import parse_requirements

UNUSED_S = 30 * 86_400.0
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


def seed_dir() -> Path:
    """Where the kept caches lie."""
    return Path(settings.AUTODEV_DATA) / "mypy"


def seed(
    ctx: CheckContext,
    *,
    program: Sequence[str],
    config: bytes,
    imports: Iterable[str],
    home: Path | None = None,
) -> Path:
    """The directory of a kept cache for this layer, program and configuration that knows the packages of `imports`.

    It is made now where there is none.

    A kept cache is never changed, so that many may copy it at once. mypy's own answer does not matter.
    """
    wanted = {name for name in imports if _NAME.fullmatch(name)}
    home = home or seed_dir()
    layer, tools = ctx.project_layer(), ctx.tools_layer()
    parts = [layer.key, tools.key, *program, config.decode()]
    family = home / hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    kept = {path: names for path in family.glob("*/imports.json") if (names := _imports(path)) is not None}
    for path, names in kept.items():
        # More modules of a known package cost little; an unknown package costs seconds.
        if _packages(wanted) <= _packages(names):
            os.utime(path)
            return path.parent
    wanted = wanted.union(*kept.values())
    family.mkdir(parents=True, exist_ok=True)
    building = family / f".building-{os.getpid()}-{secrets.token_hex(4)}"
    building.mkdir()
    target = family / hashlib.sha256("\n".join(sorted(wanted)).encode()).hexdigest()[:16]
    try:
        _fill(ctx, building, program, config, wanted)
        (building / "imports.json").write_text(json.dumps(sorted(wanted)), encoding="utf-8")
        with contextlib.suppress(OSError):  # another process was quicker, with the same content
            building.rename(target)
    finally:
        remove_tree(building)
    _prune(home)
    return target


def copy_into(kept: Path, workspace: Path) -> None:
    """Give a run its own copy, at /workspace/mypy."""
    subprocess.run(["cp", "-a", "--", str(kept / "cache"), str(workspace / "mypy")], check=True, capture_output=True)


def required_modules(ctx: CheckContext) -> list[str]:
    """The top-level modules of the packages that the manifest requires at run time, as the layer holds them."""
    names = {canonicalize_name(r.name) for r in parse_requirements(ctx.manifest.requirements.runtime)}
    modules: set[str] = set()
    for record in ctx.project_layer().path.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        if canonicalize_name(record.parent.name.split("-")[0]) in names:
            lines = record.read_text(encoding="utf-8").splitlines()
            modules |= {line.split("/")[0] for line in lines if line.split(",")[0].endswith("/__init__.py")}
    return sorted(modules)


def _imports(path: Path) -> set[str] | None:
    try:
        return set(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _packages(names: Iterable[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def _prune(home: Path) -> None:
    """Remove caches that nobody used for long, and what a crash left half made."""
    before = time.time() - UNUSED_S
    for entry in [*home.glob("*/*/imports.json"), *home.glob("*/.building-*")]:
        with contextlib.suppress(FileNotFoundError):  # somebody else prunes too
            if entry.stat().st_mtime < before:
                remove_tree(entry.parent if entry.name == "imports.json" else entry)


def _fill(
    ctx: CheckContext,
    building: Path,
    program: Sequence[str],
    config: bytes,
    imports: Iterable[str],
) -> None:
    with scratch(ctx.owner) as parent:
        workspace = parent / "ws"
        create_workspace(workspace, owner=ctx.owner)
        (workspace / "app").mkdir()
        lines = "".join(f"import {name}\n" for name in sorted(imports))
        (workspace / "app" / "seed_imports.py").write_text(lines, encoding="utf-8")
        (workspace / "mypy").mkdir()
        ctx.run(
            [*program, "seed_imports.py"], workspace=workspace, phase="test", project=True,
            files={"/run/autodev/mypy.ini": config},
        )  # fmt: skip
        copy = ["cp", "-a", "--", str(workspace / "mypy"), str(building / "cache")]
        subprocess.run(copy, check=True, capture_output=True)
