"""Three trees into one, whatever their histories are: what changed on two sides over what both had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from projects.repository import git
from projects.repository.errors import CommitMissing, MergeConflict
from projects.repository.repository import EPOCH, Change, Repository
from projects.repository.snapshot import commit_tree, store
from projects.repository.tree import PLAIN, Entry


def files_commit(repository: Repository, files: Mapping[str, str]) -> str:
    """A commit, without a history, of these texts. Moves no ref."""
    entries = {path: Entry(PLAIN, text.encode()) for path, text in files.items()}
    return store(repository.git_dir, entries, parents=[], message="Files\n", date=EPOCH)


def merged(repository: Repository, *, base: str, ours: str, theirs: str) -> str:
    """A commit, without a history, of `ours` with what changed from `base` to `theirs`. Moves no ref. Raises
    MergeConflict with the paths, CommitMissing."""
    for commit in sorted(repository.missing([base, ours, theirs])):
        raise CommitMissing(f"No commit {commit!r}.")
    # git ≥ 2.40 has --merge-base; for those before, two children of the base have it for their merge base.
    root = _copy(repository, base, [])
    left, right = (_copy(repository, commit, [root]) for commit in (ours, theirs))
    arguments = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", left, right]
    done = git.call(repository.git_dir, arguments, ok=(0, 1))
    tree, *paths = done.stdout.decode("utf-8", "replace").strip("\0").split("\0")
    if done.returncode == 1:
        raise MergeConflict(sorted(set(filter(None, paths))))
    return commit_tree(repository.git_dir, tree.strip(), parents=[], message="Merged\n", date=EPOCH)


def differing(repository: Repository, old: str, new: str) -> tuple[dict[str, bytes], list[str]]:
    """(path → content of what `new` has otherwise, paths that it does not have), links left out."""
    changes: list[Change] = repository.changes(old, new)
    links = set(repository.links(new))
    written = {c.path: repository.read(new, c.path) for c in changes if c.status != "D" and c.path not in links}
    return written, [c.path for c in changes if c.status == "D"]


def _copy(repository: Repository, commit: str, parents: list[str]) -> str:
    date = dt.datetime.fromtimestamp(int(EPOCH.timestamp()) + len(parents), dt.UTC)
    tree = git.text(repository.git_dir, ["rev-parse", f"{commit}^{{tree}}"])
    return commit_tree(repository.git_dir, tree, parents=parents, message=f"{tree}\n", date=date)
