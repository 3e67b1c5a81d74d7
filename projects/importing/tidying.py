"""What of a foreign tree is not followed: submodules, links that lead out of it, and pointers to files elsewhere."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autodev.lib.clock import utcnow
from projects.importing.errors import ImportRefused
from projects.importing.limits import ImportLimits
from projects.repository import git
from projects.repository.limits import Limits
from projects.repository.snapshot import commit_tree
from projects.repository.tree import LINK

SUBMODULE = "160000"
_POINTER = b"version https://git-lfs"
_POINTER_BYTES = 1024
_ROW_BYTES = 80  # what stands before a path in a listing
NAMED = 5


@dataclass(frozen=True, slots=True)
class _File:
    mode: str
    blob: str
    size: int


def tidied(repository: Path, commit: str, *, limits: ImportLimits) -> tuple[str, list[str]]:
    """(the commit, or one on it without what is not followed; sentences that say what that is). Raises ImportRefused
    for a tree that is too large, or that holds what no checkout may."""
    snapshot = Limits()
    files = _files(repository, commit, most=limits.files * (snapshot.path_bytes + _ROW_BYTES))
    if len(files) > limits.files:
        raise ImportRefused(f"It has more than {limits.files} files.")
    if sum(file.size for file in files.values()) > limits.unpacked_bytes:
        raise ImportRefused(f"Its files have more than {limits.unpacked_bytes // 1024 // 1024} MiB.")
    for path, file in files.items():
        if _forbidden(path) or len(os.fsencode(path)) > snapshot.path_bytes:
            raise ImportRefused(f"It holds a path that no project may have: {path[:120]!r}")
        if file.size > snapshot.file_bytes:
            raise ImportRefused(f"{path[:120]} has more than {snapshot.file_bytes // 1024 // 1024} MiB.")
    submodules = [path for path, file in files.items() if file.mode == SUBMODULE]
    links = [path for path, file in files.items() if file.mode == LINK and _leads_out(repository, path, file.blob)]
    pointers = [path for path, file in files.items() if _is_pointer(repository, file)]
    notes = [
        *_note("Submodules are not fetched, and were left out", submodules),
        *_note("Links out of the repository were left out", links),
        *_note("Files kept by Git LFS are only pointers here", pointers),
    ]
    gone = {*submodules, *links}
    if not gone:
        return commit, notes
    return _without(repository, commit, {path: file for path, file in files.items() if path not in gone}), notes


def _files(repository: Path, commit: str, *, most: int) -> dict[str, _File]:
    """Ten trees that hold the one below ten times each are ten objects and ten thousand million files: no more than
    `most` bytes of a listing are read. Raises ImportRefused."""
    listed = git.call_limited(repository, ["ls-tree", "-r", "-l", "-z", "--full-tree", commit], limit=most)
    if len(listed) > most:
        raise ImportRefused("It has far too many files.")
    found = {}
    for row in filter(None, listed.split(b"\0")):
        meta, _, path = row.partition(b"\t")
        mode, _, blob, size = meta.decode().split()
        found[os.fsdecode(path)] = _File(mode, blob, int(size) if size.isdigit() else 0)
    return found


def _forbidden(path: str) -> bool:
    parts = path.split("/")
    return any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts)


def _leads_out(repository: Path, path: str, blob: str) -> bool:
    target = os.fsdecode(git.call(repository, ["cat-file", "blob", blob]).stdout)
    reached = os.path.normpath(PurePosixPath("/top") / PurePosixPath(path).parent / target)
    return target.startswith("/") or not (reached == "/top" or reached.startswith("/top/"))


def _is_pointer(repository: Path, file: _File) -> bool:
    if file.mode in {SUBMODULE, LINK} or not len(_POINTER) <= file.size <= _POINTER_BYTES:
        return False
    return git.call(repository, ["cat-file", "blob", file.blob]).stdout.startswith(_POINTER)


def _without(repository: Path, commit: str, files: dict[str, _File]) -> str:
    rows = b"".join(
        f"{file.mode} {file.blob}\t".encode() + os.fsencode(path) + b"\0" for path, file in sorted(files.items())
    )
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch, "index")
        git.call(repository, ["update-index", "-z", "--index-info"], stdin=rows, index=index)
        tree = git.text(repository, ["write-tree"], index=index)
    message = "Leave out what is not followed here\n"
    return commit_tree(repository, tree, parents=[commit], message=message, date=utcnow())


def _note(what: str, paths: list[str]) -> list[str]:
    if not paths:
        return []
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return [f"{what}: {', '.join(sorted(paths)[:NAMED])}{more}."]
