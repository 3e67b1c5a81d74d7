"""mypy's cache of the packages a project imports, made once for each layer and set of options.

Type checking FastAPI with SQLAlchemy takes 7 s with an empty cache and 0.4 s with a full one. The kept cache is made by
a run that sees the packages and a file of imports, never the project's code; each check gets a copy of it and throws
the copy away. So no project can write what another reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings

from autodev.sandbox import create_workspace, remove_workspace
from autodev.sandbox.workspace import remove_tree
from projects.checks.context import CheckContext

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


def seed_dir() -> Path:
    """Where the kept caches lie."""
    return Path(settings.AUTODEV_DATA) / "mypy"


def seed(
    ctx: CheckContext, *, program: Sequence[str], config: bytes, imports: Iterable[str], home: Path | None = None
) -> Path:
    """The directory of the kept cache for this layer, program and configuration; made now where it is missing or lacks
    one of `imports`. mypy's own answer about the file of imports does not matter."""
    wanted = {name for name in imports if _NAME.fullmatch(name)}
    home = home or seed_dir()
    layer, tools = ctx.layers.project(ctx.lock), ctx.layers.tools()
    parts = [layer.key, tools.key, *program, config.decode()]
    target = home / hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    known = _imports(target)
    if known is not None and wanted <= known:
        os.utime(target)
        return target
    wanted |= known or set()
    building = home / f".building-{target.name}-{os.getpid()}-{secrets.token_hex(4)}"
    building.mkdir(parents=True)
    try:
        _fill(ctx, building, program, config, wanted)
        (building / "imports.json").write_text(json.dumps(sorted(wanted)), encoding="utf-8")
        if target.exists():
            target.rename(building / "old")
        building.rename(target)
    finally:
        remove_tree(building)
    remove_tree(target / "old")
    return target


def copy_into(kept: Path, workspace: Path) -> None:
    """Give a run its own copy, at /workspace/mypy."""
    subprocess.run(["cp", "-a", "--", str(kept / "cache"), str(workspace / "mypy")], check=True, capture_output=True)


def _imports(target: Path) -> set[str] | None:
    try:
        return set(json.loads((target / "imports.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _fill(ctx: CheckContext, building: Path, program: Sequence[str], config: bytes, imports: Iterable[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="autodev-mypy-") as parent:
        workspace = Path(parent) / "ws"
        create_workspace(workspace, owner=ctx.owner)
        try:
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
        finally:
            remove_workspace(workspace)
