"""Where a check works: a directory that the janitor finds and removes when the process was killed."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autodev.sandbox import Owner
from autodev.sandbox.workspace import remove_workspace
from projects.engine.workspace import work_root


@contextlib.contextmanager
def scratch(owner: Owner | None) -> Iterator[Path]:
    """An empty directory, gone afterwards with whatever is mounted below it. It lies beside the owner's workspace and
    is named after it; without an owner, in the system's folder for temporary files."""
    root = work_root() if owner is not None else None
    if root is not None:
        root.mkdir(parents=True, exist_ok=True)
    prefix = f"{owner.task_id}-{owner.epoch}." if owner is not None else "autodev-check-"
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=root))
    try:
        yield path
    finally:
        remove_workspace(path)
