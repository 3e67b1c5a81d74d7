"""Reads and writes files of a project on the host.

The tree was made by untrusted code: no link is followed, no size believed.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

MAX_BYTES = 1_000_000


def read_text(root: Path, path: str) -> str:
    """The text at `path` below `root`; empty where there is no such regular file, or a link lies on the way."""
    try:
        with _folder(root, path) as (folder, name):
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
            with os.fdopen(file, "rb") as opened:
                return opened.read(MAX_BYTES).decode(errors="replace")
    except (OSError, ValueError):
        return ""


def write_text(root: Path, path: str, text: str) -> None:
    """Replace the file at `path` below `root`, or make it, with missing folders.

    Raises OSError where a link lies on the way, ValueError for a path that leaves the root.
    """
    with _folder(root, path, make=True) as (folder, name):
        part = f".{name}.autodev"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part, dir_fd=folder)
        with os.fdopen(os.open(part, flags, 0o644, dir_fd=folder), "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)


def kind(root: Path, path: str) -> Literal["file", "dir", "other", "none"]:
    """What lies at `path`, links not followed."""
    try:
        with _folder(root, path) as (folder, name):
            mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except (OSError, ValueError):
        return "none"
    return "file" if stat.S_ISREG(mode) else "dir" if stat.S_ISDIR(mode) else "other"


@contextlib.contextmanager
def _folder(root: Path, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """(descriptor of the folder that holds `path`, the last part). No link is followed below `root`."""
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise ValueError(f"not a path of the project: {path!r}")
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            if make:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder, parts[-1]
    finally:
        os.close(folder)
