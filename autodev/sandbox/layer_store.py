"""Where layers lie on disk: publishing, use, garbage collection. Knows nothing of what is in them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from autodev.sandbox.workspace import remove_tree

_DAY_S = 86_400.0
_BUILDING = ".building-"
_POLL_S = 0.1
_NEVER = threading.Event()


def building(home: Path, key: str) -> Path:
    """A name for a directory that this process is filling; it is renamed to `key` when it is complete."""
    return home / f"{_BUILDING}{key}-{os.getpid()}-{secrets.token_hex(4)}"


class Interrupted(Exception):
    """The wait for another builder was given up."""


@contextlib.contextmanager
def locked(home: Path, key: str, cancel: threading.Event | None = None) -> Iterator[None]:
    """One builder a key, on this machine; the second one waits and finds the layer. Raises Interrupted when `cancel` is
    set meanwhile."""
    with (home / f"{key}.lock").open("w") as file:
        while not _try_lock(file):
            # A blocked flock would not see the wish to stop, and building may take minutes.
            if (cancel or _NEVER).wait(_POLL_S):
                raise Interrupted(key)
        yield


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def touch(layer: Path) -> None:
    """Note that it is in use; garbage collection goes by this."""
    (layer / "used").touch()


def collect_garbage(
    home: Path, *, max_age_s: float = 30 * _DAY_S, max_bytes: int = 20 << 30, keep_s: float = 3600.0
) -> list[str]:
    """Remove layers unused for `max_age_s`, then the longest unused until all take less than `max_bytes`.

    What was used within `keep_s` stays, since a run may have it bound. Gives the keys removed.
    """
    now = time.time()
    found = sorted(
        ((_used(path), path) for path in home.iterdir() if path.is_dir() and not path.name.startswith(".")),
        reverse=True,
    )
    removed, total = [], 0
    for used, path in found:
        total += _size(path)
        idle = now - used
        if idle > keep_s and (idle > max_age_s or total > max_bytes) and _discard(home, path):
            removed.append(path.name)
    return removed


def _used(layer: Path) -> float:
    marker = layer / "used"
    return (marker if marker.exists() else layer).stat().st_mtime


def _size(path: Path) -> int:
    done = subprocess.run(["du", "-s", "--block-size=1", "--", str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def _discard(home: Path, layer: Path) -> bool:
    """Rename first, so that no builder finds half of it."""
    with (home / f"{layer.name}.lock").open("w") as file:
        if not _try_lock(file):
            return False
        trash = building(home, layer.name)
        layer.rename(trash)
    remove_tree(trash)
    return True


def remove_abandoned(home: Path) -> int:
    """Building directories of processes that are gone; the number removed."""
    removed = 0
    for path in home.glob(f"{_BUILDING}*") if home.is_dir() else ():
        pid = path.name.split("-")[2]
        if not Path("/proc", pid).exists():
            remove_tree(path)
            removed += 1
    return removed
