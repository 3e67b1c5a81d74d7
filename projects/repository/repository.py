"""The bare repository of a project: snapshots in, checkouts, merges, archives and clones out."""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from autodev.lib.failpoints import failpoint
from projects.repository import git
from projects.repository.errors import CommitMissing, DestinationInUse, MergeConflict, NotFound, RepositoryError
from projects.repository.limits import Limits
from projects.repository.snapshot import commit_tree, list_tree, read_folder, store
from projects.repository.tree import LINK

EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
# Highest precedence of all attributes: what a project's own .gitattributes says changes no byte here.
ATTRIBUTES = "* -text -eol -ident -filter -working-tree-encoding -export-ignore -export-subst !diff !merge\n"
DIFF_MAX_BYTES = 4_000_000
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a diff. `status`: `A` added, `M` modified, `D` deleted, `T` type changed."""

    status: str
    path: str


@dataclass(frozen=True, slots=True)
class Diff:
    """`complete` is False where the limit cut it off."""

    text: str
    complete: bool


@dataclass(frozen=True, slots=True)
class LogEntry:
    commit: str
    date: dt.datetime
    message: str


class Repository:
    """`git_dir` is a bare repository that nobody else configures."""

    def __init__(self, git_dir: Path) -> None:
        self.git_dir = git_dir

    def init(self) -> str:
        """Makes the repository where there is none and gives the root commit: an empty tree, the same in every
        project."""
        if not (self.git_dir / "HEAD").exists():
            self.git_dir.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self.git_dir.parent, prefix=".new-") as scratch:
                fresh = Path(scratch, "repository")
                git.call(fresh, ["init", "--bare", "--quiet", "--template=", "--initial-branch=main"])
                (fresh / "info").mkdir(exist_ok=True)
                (fresh / "info" / "attributes").write_text(ATTRIBUTES)
                git.call(fresh, ["config", "uploadpack.allowAnySHA1InWant", "true"])
                try:
                    fresh.rename(self.git_dir)
                except OSError:  # another process was first
                    if not (self.git_dir / "HEAD").exists():
                        raise
        return self.root()

    def root(self) -> str:
        """The commit from which every history starts."""
        tree = git.text(self.git_dir, ["hash-object", "-t", "tree", "-w", "--stdin"])
        return commit_tree(self.git_dir, tree, parents=[], message="Start\n", date=EPOCH)

    def snapshot(
        self, folder: Path, *, parent: str, message: str, date: dt.datetime, limits: Limits | None = None
    ) -> str:
        """Stores the folder as a commit on `parent` (empty: none) and gives its name; the parent's where nothing
        changed. Moves no ref. Raises SnapshotRefused."""
        known = list_tree(self.git_dir, parent) if parent else {}
        entries = read_folder(self.git_dir, folder, limits or Limits(), known=known)
        commit = store(self.git_dir, entries, parents=[parent] if parent else [], message=message, date=date)
        failpoint("snapshot.after_objects")
        return commit

    def checkout(self, commit: str, folder: Path) -> None:
        """Fills the folder, which must be empty, with the commit's files. Raises NotFound, CommitMissing for one that
        is not whole."""
        folder.mkdir(parents=True, exist_ok=True)
        self._require(commit)
        try:
            self._fill(folder, commit)
        except RepositoryError as error:
            if self.damaged([commit]):
                raise CommitMissing(f"Commit {commit[:8]} lacks files that it had.") from error
            raise

    def _fill(self, folder: Path, commit: str) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            index = Path(scratch, "index")
            git.call(self.git_dir, ["read-tree", commit], index=index)
            git.call(self.git_dir, [f"--work-tree={folder}", "checkout-index", "--all", "--force"], index=index)

    def merge(self, ours: str, theirs: str, *, message: str, date: dt.datetime) -> str:
        """The commit that has both; where one has the other already, that one. Moves no ref. Raises MergeConflict,
        CommitMissing."""
        for commit in sorted(self.missing([ours, theirs])):
            raise CommitMissing(f"No commit {commit!r}.")
        if self.has_ancestor(theirs, ours):
            return theirs
        if self.has_ancestor(ours, theirs):
            return ours
        done = git.call(
            self.git_dir, ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ours, theirs], ok=(0, 1)
        )
        tree, *paths = done.stdout.decode("utf-8", "replace").strip("\0").split("\0")
        if done.returncode == 1:
            raise MergeConflict(sorted(set(filter(None, paths))))
        return commit_tree(self.git_dir, tree.strip(), parents=[ours, theirs], message=message, date=date)

    def has_ancestor(self, commit: str, ancestor: str) -> bool:
        """Whether `ancestor` is in the history of `commit`."""
        return not git.call(self.git_dir, ["merge-base", "--is-ancestor", ancestor, commit], ok=(0, 1)).returncode

    def set_ref(self, name: str, commit: str) -> None:
        """Points `refs/autodev/<name>` to the commit."""
        git.call(self.git_dir, ["update-ref", f"refs/autodev/{name}", commit])
        failpoint("snapshot.after_ref")

    def refs(self) -> dict[str, str]:
        """Name below `refs/autodev/` → commit."""
        rows = git.text(self.git_dir, ["for-each-ref", "--format=%(refname) %(objectname)", "refs/autodev/"])
        pairs = (row.split(" ") for row in rows.splitlines())
        return {name.removeprefix("refs/autodev/"): commit for name, commit in pairs}

    def delete_ref(self, name: str) -> None:
        """Takes the ref away; its objects stay."""
        git.call(self.git_dir, ["update-ref", "-d", f"refs/autodev/{name}"])

    def has(self, commit: str) -> bool:
        """Whether the commit is there."""
        if not COMMIT.fullmatch(commit):
            return False
        return not git.call(self.git_dir, ["cat-file", "-e", f"{commit}^{{commit}}"], ok=(0, 1, 128)).returncode

    def missing(self, commits: Iterable[str]) -> set[str]:
        """Those of the commits that are not there, with their topmost trees; one git process for all."""
        asked = sorted({commit for commit in commits if COMMIT.fullmatch(commit)})
        if not asked or not (self.git_dir / "HEAD").exists():
            return set(asked)
        lines = "".join(f"{commit}^{{tree}}\n" for commit in asked)
        answer = git.call(self.git_dir, ["cat-file", "--batch-check=%(objecttype)"], stdin=lines.encode())
        kinds = answer.stdout.decode("utf-8", "replace").splitlines()
        return {commit for commit, kind in zip(asked, kinds, strict=True) if kind != "tree"}

    def damaged(self, commits: Iterable[str]) -> set[str]:
        """Those of the commits that are there and lack a folder or the content of a file. One git process where all are
        whole; where not, one more for each."""
        asked = sorted({commit for commit in commits if COMMIT.fullmatch(commit)} - self.missing(commits))
        if not asked or not self._lacks(asked):
            return set()
        return {commit for commit in asked if self._lacks([commit])}

    def _lacks(self, commits: Sequence[str]) -> bool:
        command = ["rev-list", "--objects", "--no-walk", "--missing=print", "--stdin"]
        listed = git.call(self.git_dir, command, stdin="".join(f"{one}\n" for one in commits).encode())
        return any(line.startswith(b"?") for line in listed.stdout.splitlines())

    def whole(self, commit: str) -> bool:
        """Whether the commit is there with all its files."""
        return self.has(commit) and not self.damaged([commit])

    def files(self, commit: str) -> list[str]:
        """The paths of the commit, sorted. Raises NotFound."""
        self._require(commit)
        return sorted(list_tree(self.git_dir, commit))

    def read(self, commit: str, path: str) -> bytes:
        """A file's content; of a link, its target. Raises NotFound."""
        self._require(commit)
        inside = path and not path.startswith("/") and ".." not in path.split("/")
        entry = list_tree(self.git_dir, commit, path).get(path) if inside else None
        if entry is None:
            raise NotFound(f"No file {path!r} in commit {commit[:8]}.")
        return git.call(self.git_dir, ["cat-file", "blob", entry[1]]).stdout

    def links(self, commit: str) -> list[str]:
        """The paths of the commit that are links."""
        return sorted(path for path, (mode, _) in list_tree(self.git_dir, commit).items() if mode == LINK)

    def changes(self, old: str, new: str) -> list[Change]:
        """What differs from `old` (empty: nothing) to `new`, by path."""
        rows = git.call(
            self.git_dir, ["diff-tree", "-r", "-z", "--name-status", "--no-renames", old or EMPTY_TREE, new]
        )
        words = [os.fsdecode(word) for word in rows.stdout.split(b"\0") if word]
        return [Change(status, path) for status, path in zip(words[::2], words[1::2], strict=True)]

    def diff(self, old: str, new: str, *, path: str = "", limit: int = DIFF_MAX_BYTES) -> Diff:
        """The unified diff from `old` (empty: nothing) to `new`, of one file where `path` is given; its first `limit`
        bytes."""
        only = ["--", path] if path else []
        arguments = [
            "diff-tree",
            "-p",
            "-r",
            "--no-ext-diff",
            "--no-textconv",
            "--no-renames",
            old or EMPTY_TREE,
            new,
            *only,
        ]
        found = git.call_limited(self.git_dir, arguments, limit=limit)
        return Diff(found[:limit].decode("utf-8", "replace"), complete=len(found) <= limit)

    def log(self, commit: str, *, limit: int = 200) -> list[LogEntry]:
        """The history of the commit, newest first. Raises NotFound."""
        self._require(commit)
        rows = git.call(self.git_dir, ["log", f"--max-count={limit}", "-z", "--format=%H%x09%ct%x09%B", commit]).stdout
        entries = []
        for row in filter(None, rows.decode("utf-8", "replace").split("\0")):
            name, seconds, message = row.split("\t", 2)
            entries.append(LogEntry(name, dt.datetime.fromtimestamp(int(seconds), dt.UTC), message.strip()))
        return entries

    def zip(self, commit: str, out: Path, *, prefix: str = "") -> None:
        """Writes the commit's files as a zip; the same bytes for the same commit. Raises NotFound."""
        self._require(commit)
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = out.with_name(f".{out.name}.new")
        inside = [f"--prefix={prefix.rstrip('/')}/"] if prefix else []
        git.call(self.git_dir, ["archive", "--format=zip", "-6", f"--output={temporary}", *inside, commit])
        temporary.replace(out)

    def clone_out(self, commit: str, folder: Path) -> None:
        """Delivers the commit with its history as an ordinary repository on the branch `main`. The folder must be
        empty or absent. Raises DestinationInUse, NotFound."""
        self._require(commit)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise DestinationInUse(f"{folder} is not empty.")
        folder = folder.resolve()
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Made beside it and moved in one step: a process that dies leaves the folder as it was.
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as beside:
            made = Path(beside) / folder.name
            self._clone(commit, made)
            if folder.exists():
                folder.rmdir()
            made.rename(folder)

    def _clone(self, commit: str, folder: Path) -> None:
        own = folder / ".git"
        folder.mkdir()
        git.call(
            own, ["init", "--quiet", "--template=", "--initial-branch=main", str(folder)], options=["-C", str(folder)]
        )
        source = str(self.git_dir.resolve())
        git.call(own, ["fetch", "--quiet", "--no-tags", "--update-head-ok", source, f"{commit}:refs/heads/main"])
        git.call(own, [f"--work-tree={folder}", "reset", "--quiet", "--hard", "main"])

    def _require(self, commit: str) -> None:
        if not self.has(commit):
            raise CommitMissing(f"No commit {commit!r}.")


def repository_of(project_id: uuid.UUID) -> Repository:
    """The repository of a project; call `init` before the first write."""
    return Repository(Path(settings.AUTODEV_DATA) / "repositories" / f"{project_id}.git")


__all__ = ["Change", "Diff", "LogEntry", "Repository", "RepositoryError", "repository_of"]
