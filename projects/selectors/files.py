"""A build's repository, read only. Commits that come from outside are looked up before git sees them as arguments."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from autodev.accounts.errors import NotFound
from projects.models import Build
from projects.repository.repository import Change, Diff, Repository, repository_of
from projects.selectors.artifacts import delivered

TEXT_MAX_BYTES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class File:
    """One file at a commit. `text` is None for what is no text or larger than `TEXT_MAX_BYTES`."""

    path: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def text(self) -> str | None:
        if self.size > TEXT_MAX_BYTES or b"\0" in self.content:
            return None
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            return None


@dataclass(kw_only=True)
class Folder:
    """A folder of the tree: its folders first, then its files, each by name."""

    name: str
    path: str
    folders: list[Folder] = field(default_factory=list)
    files: list[tuple[str, str]] = field(default_factory=list)


def _at(build: Build, commit: str) -> tuple[Repository, str]:
    """The repository and a commit that is in it. Raises NotFound."""
    repository = repository_of(build.project_id)
    wanted = commit or build.head
    if not wanted or not repository.has(wanted):
        raise NotFound("There is no such commit.", hint="The build may not have made one yet.")
    return repository, wanted


def paths_of(build: Build, commit: str = "") -> list[str]:
    """The paths at the commit (the head without one), sorted; none before the first commit. Raises NotFound."""
    if not commit and not build.head:
        return []
    repository, wanted = _at(build, commit)
    return repository.files(wanted)


def folder_tree(paths: Iterable[str]) -> Folder:
    """The paths as nested folders. Pure."""
    root = Folder(name="", path="")
    known = {"": root}
    for path in sorted(paths):
        parts = path.split("/")
        here = root
        for depth in range(1, len(parts)):
            prefix = "/".join(parts[:depth])
            if prefix not in known:
                known[prefix] = Folder(name=parts[depth - 1], path=prefix)
                here.folders.append(known[prefix])
            here = known[prefix]
        here.files.append((parts[-1], path))
    return root


def content_of(build: Build, commit: str, path: str) -> File:
    """Raises NotFound where the commit or the path is not there."""
    repository, wanted = _at(build, commit)
    return File(path=path, content=repository.read(wanted, path))


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between two commits, and how: `diff` is of `path`, or of everything where it is empty."""

    changes: list[Change]
    path: str
    diff: Diff


def _ends(build: Build, before: str, after: str) -> tuple[Repository, str, str]:
    """The repository and both commits; without `before`, the parent of `after` (empty: it has none). Raises
    NotFound."""
    repository, new = _at(build, after)
    if before:
        _, old = _at(build, before)
    else:
        history = repository.log(new, limit=2)
        old = history[1].commit if len(history) > 1 else ""
    return repository, old, new


def diff_of(build: Build, before: str, after: str) -> Diff:
    """The unified diff between two commits; without `before`, what `after` changed of its parent. Raises NotFound."""
    repository, old, new = _ends(build, before, after)
    return repository.diff(old, new)


def comparison_of(build: Build, before: str, after: str, *, path: str, limit: int) -> Comparison:
    """The files that differ, and the diff of one: `path`, else the first. Raises NotFound for a path that does not
    differ."""
    repository, old, new = _ends(build, before, after)
    changes = repository.changes(old, new)
    shown = path or (changes[0].path if changes else "")
    if shown and shown not in {change.path for change in changes}:
        raise NotFound("This file is the same in both commits.")
    diff = repository.diff(old, new, path=shown, limit=limit) if shown else Diff("", complete=True)
    return Comparison(changes=changes, path=shown, diff=diff)


def zip_of(build: Build) -> tuple[str, bytes]:
    """(name, bytes) of the head's files as a zip: the one delivered, else packed now. Raises NotFound before the first
    commit."""
    repository, head = _at(build, "")
    if (made := delivered(build, "zip")) is not None:
        return made
    name = f"{build.project.slug}-{build.number}"
    with tempfile.TemporaryDirectory(prefix="autodev-zip-") as folder:
        out = Path(folder) / "files.zip"
        repository.zip(head, out, prefix=build.project.slug)
        return f"{name}.zip", out.read_bytes()
