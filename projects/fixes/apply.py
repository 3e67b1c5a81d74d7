"""Carries a fix out on the project's files; programs run in the sandbox, on a copy."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from autodev.blueprints.manifest import Manifest
from autodev.sandbox import Owner, SandboxBackend
from projects.checks.context import CheckContext, NotRun
from projects.checks.layers import LayerSource
from projects.checks.project_files import read_text, write_text
from projects.fixes.types import Fix

Require = Callable[[Sequence[str]], None]
Apply = Callable[[Fix], bool]
log = logging.getLogger(__name__)


def applier(
    *,
    root: Path,
    manifest: Manifest,
    lock: str,
    backend: SandboxBackend,
    layers: LayerSource,
    require: Require | None = None,
    owner: Owner | None = None,
    cancel: threading.Event | None = None,
) -> Apply:
    """A function that applies a fix below `root` and says whether anything changed.

    `require` adds packages and resolves the lock anew; it may raise, and without it fixes that need it change nothing.
    """

    def apply(fix: Fix) -> bool:
        if fix.requirements:
            if require is None:
                return False
            require(fix.requirements)
        edits = dict(fix.edits)
        if fix.tool:
            ctx = CheckContext(
                root=root, manifest=manifest, lock=lock, backend=backend, layers=layers, owner=owner,
                cancel=cancel or threading.Event(),
            )  # fmt: skip
            edits |= _run_tool(ctx, fix)
        changed = {path: text for path, text in edits.items() if path not in _same(root, edits)}
        for path, text in changed.items():
            write_text(root, path, text)
        return bool(changed) or bool(fix.requirements)

    return apply


def _same(root: Path, edits: dict[str, str]) -> set[str]:
    """The paths whose text is already so. An empty file that does not exist yet is not."""
    return {path for path, text in edits.items() if text and read_text(root, path) == text}


def _run_tool(ctx: CheckContext, fix: Fix) -> dict[str, str]:
    """Path → text of what the program made. Nothing where it did not end well."""
    assert fix.tool is not None  # noqa: S101 - the caller asked
    tool = fix.tool
    try:
        program = ctx.tool(tool.program)
        with ctx.workspace() as workspace:
            done = ctx.run(
                [program, *tool.arguments, "--", *tool.paths], workspace=workspace, files=tool.files,
                artefacts=[f"app/{path}" for path in tool.paths],
            )  # fmt: skip
    except NotRun as error:
        log.warning("fix_not_run", extra={"fixer": fix.fixer, "reason": str(error)})
        return {}
    if not done.ok:
        log.warning("fix_tool_failed", extra={"fixer": fix.fixer, "error": done.stderr[-500:]})
        return {}
    made: dict[str, str] = {}
    for path in tool.paths:
        with contextlib.suppress(KeyError, UnicodeDecodeError):  # it is gone, or is no text that could be written back
            made[path] = done.artefacts[f"app/{path}"].decode()
    return made
