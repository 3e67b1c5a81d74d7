"""What a git process that was killed leaves in a repository: locks that stop all who come after, and half a file."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

STALE_S = 60.0
# Where other hosts write too, a writer cannot be looked for; git is ended after two minutes, so that none is as old.
STALE_ELSEWHERE_S = 300.0
HALF_WRITTEN_S = 86400.0
HALF_WRITTEN = ("tmp_obj_*", "tmp_pack_*", "tmp_idx_*", "fast_import_crash_*")


def remove_stale_locks(git_dir: Path, *, shared: bool = False) -> list[str]:
    """Removes locks older than a minute whose writer is gone and gives their paths in the repository. `shared`: other
    hosts write here too."""
    least_s = STALE_ELSEWHERE_S if shared else STALE_S
    stale = [path for path in _locks(git_dir) if _age_s(path) > least_s]
    if not stale or is_used(git_dir):
        return []
    return [str(path.relative_to(git_dir)) for path in stale if _remove(path)]


def remove_half_written(git_dir: Path) -> int:
    """Removes what was being written more than a day ago; gives how many files."""
    found = [path for pattern in HALF_WRITTEN for path in git_dir.rglob(pattern)]
    return sum(_age_s(path) > HALF_WRITTEN_S and path.is_file() and _remove(path) for path in found)


def is_used(git_dir: Path) -> bool:
    """Whether a process of this host was started for the repository. Of what cannot be looked into, it says no."""
    name = os.fsencode(git_dir)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if name in (process / "cmdline").read_bytes():
                return True
        except OSError:  # it ended, or is another user's
            continue
    return False


def _locks(git_dir: Path) -> Iterator[Path]:
    yield from git_dir.glob("*.lock")
    yield from git_dir.glob("objects/info/*.lock")
    yield from (git_dir / "refs").rglob("*.lock")


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
