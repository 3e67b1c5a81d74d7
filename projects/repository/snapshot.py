"""A folder into a commit, without git ever obeying the folder: git lists names, we read, git stores what we hand it.

`git add` would apply the folder's .gitattributes and follow what stands in a planted `.git`; here contents come in
through fast-import's standard input and names through update-index, so that nothing in the folder is configuration.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from projects.repository import git
from projects.repository.errors import NotFound, SnapshotRefused
from projects.repository.limits import LEFTOVERS, Limits
from projects.repository.tree import Entry, read_entry

# The same names for git's author and committer, so that a commit depends on its content, parent and date only.
AUTHOR = ("AutoDev", "autodev@localhost")


def list_tree(git_dir: Path, commit: str, only: str = "") -> dict[str, tuple[str, str]]:
    """Path → (mode, blob) of a commit, of the file `only` where it is given; of an empty name, nothing."""
    if not commit:
        return {}
    listed = git.call(git_dir, ["ls-tree", "-r", "-z", "--full-tree", commit, *(["--", only] if only else [])]).stdout
    tree = {}
    for row in filter(None, listed.split(b"\0")):
        meta, _, path = row.partition(b"\t")
        mode, _, blob = meta.decode().split(" ")
        tree[os.fsdecode(path)] = (mode, blob)
    return tree


def list_folder(git_dir: Path, folder: Path) -> list[str]:
    """The paths that belong to the product: what neither .gitignore nor LEFTOVERS leaves out. Raises SnapshotRefused
    where a repository lies inside."""
    with tempfile.TemporaryDirectory() as scratch:
        excludes = Path(scratch, "leftovers")
        excludes.write_text("\n".join(LEFTOVERS))
        excluded = ["--exclude-per-directory=.gitignore", f"--exclude-from={excludes}"]
        arguments = [f"--work-tree={folder}", "ls-files", "--others", "-z", *excluded]
        index = Path(scratch, "index")
        listed = git.call(git_dir, arguments, index=index, options=["-C", str(folder)]).stdout
    paths = sorted(os.fsdecode(path) for path in listed.split(b"\0") if path)
    refuse_repositories(folder, paths)
    return paths


def refuse_repositories(folder: Path, paths: Iterable[str]) -> None:
    """Raises SnapshotRefused where a `.git` lies in the folder or below it."""
    folders = {PurePosixPath()} | {parent for path in paths for parent in PurePosixPath(path).parents}
    nested = [path for path in paths if path.endswith("/")]
    for one in sorted(folders):
        nested += [str(one / name) for name in _names(folder / one) if name.lower() == ".git"]
    if nested:
        raise SnapshotRefused(
            f"There is a repository inside the project: {nested[0]}",
            hint="Remove the .git folder; AutoDev keeps the history.",
        )


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def read_folder(git_dir: Path, folder: Path, limits: Limits, *, known: Iterable[str] = ()) -> dict[str, Entry]:
    """Path → entry of everything that belongs to the product. As with git, what is `known` of the commit before stays
    part of it, whatever a .gitignore says. Raises SnapshotRefused past a limit."""
    listed = list_folder(git_dir, folder)
    kept = {path for path in set(known).difference(listed) if not _replaced(folder, path)}
    paths = sorted({*listed, *kept})
    if len(paths) > limits.files:
        raise SnapshotRefused(f"More than {limits.files} files.", hint="Name build output in .gitignore.")
    entries: dict[str, Entry] = {}
    total = 0
    for path in paths:
        if len(os.fsencode(path)) > limits.path_bytes:
            raise SnapshotRefused(f"A path is longer than {limits.path_bytes} bytes: {path[:80]}…")
        try:
            entry = read_entry(folder, path, limits)
        except NotFound:  # a program in the sandbox took it away meanwhile, or it was deleted since the commit
            continue
        total += len(entry.content)
        if total > limits.total_bytes:
            raise SnapshotRefused(
                f"More than {limits.total_bytes // 1024 // 1024} MiB.", hint="Keep data out of the project."
            )
        entries[path] = entry
    return entries


def _replaced(folder: Path, path: str) -> bool:
    """Whether a folder, or a way through a link, stands where a file of the commit before was."""
    here = folder
    parts = PurePosixPath(path).parts
    for part in parts[:-1]:
        here /= part
        if here.is_symlink():
            return True
    here /= parts[-1]
    return here.is_dir() and not here.is_symlink()


def blob_name(content: bytes) -> str:
    """The name git gives this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def store(git_dir: Path, entries: Mapping[str, Entry], *, parents: list[str], message: str, date: dt.datetime) -> str:
    """Stores the tree as a commit and gives its name; where the tree is the first parent's, that parent. No ref
    moves."""
    before = list_tree(git_dir, parents[0]) if parents else {}
    after = {path: (entry.mode, blob_name(entry.content)) for path, entry in entries.items()}
    if parents and after == before:
        return parents[0]
    known = {blob for _, blob in before.values()}
    fresh = {blob_name(entry.content): entry.content for entry in entries.values()}
    _import_blobs(git_dir, [content for blob, content in sorted(fresh.items()) if blob not in known])
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch, "index")
        rows = b"".join(
            f"{mode} {blob}\t".encode() + os.fsencode(path) + b"\0" for path, (mode, blob) in sorted(after.items())
        )
        git.call(git_dir, ["update-index", "-z", "--index-info"], stdin=rows, index=index)
        tree = git.text(git_dir, ["write-tree"], index=index)
    return commit_tree(git_dir, tree, parents=parents, message=message, date=date)


def _import_blobs(git_dir: Path, contents: list[bytes]) -> None:
    if not contents:
        return
    stream = b"".join(b"blob\ndata %d\n%s\n" % (len(content), content) for content in contents) + b"done\n"
    git.call(git_dir, ["fast-import", "--quiet", "--done"], stdin=stream)


def commit_tree(git_dir: Path, tree: str, *, parents: list[str], message: str, date: dt.datetime) -> str:
    """A commit of the tree; it depends on nothing but the arguments."""
    name, mail = AUTHOR
    stamp = f"{int(date.timestamp())} +0000"
    who = {
        "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail, "GIT_AUTHOR_DATE": stamp,
        "GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail, "GIT_COMMITTER_DATE": stamp,
    }  # fmt: skip
    arguments = ["commit-tree", tree, *(word for parent in parents for word in ("-p", parent))]
    return git.text(git_dir, arguments, stdin=message.encode("utf-8", "replace"), extra=who)
