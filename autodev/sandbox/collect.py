"""Reads artefacts out of a workspace that untrusted code has filled, as a worker that may be root.

No component of a path is followed if it is a link, only regular files are read, and everything is bounded. A plain
open() here once read the host's shadow file through a planted link.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autodev.sandbox.types import MIB

MAX_FILE_BYTES = 16 * MIB
MAX_TOTAL_BYTES = 64 * MIB
MAX_FILES = 2_000
MAX_ENTRIES = 50_000
MAX_DEPTH = 32

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK a pipe would hold the worker until somebody writes to it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class Collected:
    """Relative path -> content, and relative path or pattern -> why it was refused."""

    files: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def collect(workspace: Path, patterns: Sequence[str]) -> Collected:
    """Files that match: a relative path, or a pattern with `*`, `?` and `**`. What is missing is simply not there."""
    out = Collected()
    root = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for pattern in patterns:
            parts = pattern.split("/")
            if pattern.startswith("/") or ".." in parts or "" in parts:
                out.refused[pattern] = "not a relative path"
            elif any(sign in pattern for sign in "*?"):
                _collect_matching(root, pattern, out)
            else:
                _collect_one(root, pattern, out)
    finally:
        os.close(root)
    return out


def _collect_matching(root: int, pattern: str, out: Collected) -> None:
    matches = _compile(pattern).fullmatch
    for at, path in enumerate(_walk(root, out)):
        if at >= MAX_ENTRIES:
            out.refused[pattern] = f"more than {MAX_ENTRIES} entries"
            return
        if matches(path):
            _collect_one(root, path, out)


def _compile(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/|\*|\?)", pattern)
    special = {"**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(piece, re.escape(piece)) for piece in pieces), re.DOTALL)


def _walk(root: int, out: Collected) -> Iterator[str]:
    """Relative paths of everything that is not a directory, links included."""
    waiting = [""]
    while waiting:
        directory = waiting.pop()
        try:
            fd = _open(root, directory, _DIRECTORY) if directory else os.dup(root)
        except OSError as error:
            out.refused[directory] = _reason(error)
            continue
        try:
            os.lseek(fd, 0, os.SEEK_SET)
            with os.scandir(fd) as entries:
                for entry in entries:
                    path = f"{directory}/{entry.name}" if directory else entry.name
                    if not entry.is_dir(follow_symlinks=False):
                        yield path
                    elif path.count("/") >= MAX_DEPTH:
                        out.refused[path] = f"deeper than {MAX_DEPTH} directories"
                    else:
                        waiting.append(path)
        finally:
            os.close(fd)


def _open(root: int, path: str, flags: int) -> int:
    """openat of each component in turn, so that none of them can be a link."""
    *directories, name = path.split("/")
    here = os.dup(root)
    try:
        for each in directories:
            inner = os.open(each, _DIRECTORY, dir_fd=here)
            os.close(here)
            here = inner
        return os.open(name, flags, dir_fd=here)
    finally:
        os.close(here)


def _collect_one(root: int, path: str, out: Collected) -> None:
    if path in out.files:
        return
    left = MAX_TOTAL_BYTES - sum(map(len, out.files.values()))
    if len(out.files) >= MAX_FILES or left <= 0:
        out.refused[path] = "too many or too large artefacts"
        return
    try:
        fd = _open(root, path, _FILE)
    except FileNotFoundError:
        return
    except OSError as error:
        out.refused[path] = _reason(error)
        return
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            out.refused[path] = "not a regular file"
        elif found.st_size > min(MAX_FILE_BYTES, left):
            out.refused[path] = f"{found.st_size} bytes are too many"
        else:
            with os.fdopen(os.dup(fd), "rb") as file:
                out.files[path] = file.read(min(MAX_FILE_BYTES, left))
    finally:
        os.close(fd)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
