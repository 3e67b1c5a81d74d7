"""A task's working directory: a checkout that nobody trusts, out of which snapshots are taken."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from autodev.lib.clock import utcnow
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint
from autodev.sandbox.types import Owner
from autodev.sandbox.workspace import create_workspace, remove_workspace
from projects.engine.fence import fence
from projects.engine.journal import Journal
from projects.repository import tree
from projects.repository.errors import RepositoryError, UnsafePath
from projects.repository.limits import Limits
from projects.repository.repository import Repository, repository_of
from projects.repository.snapshot import list_folder

if TYPE_CHECKING:
    from projects.engine.context import TaskSnapshot

log = logging.getLogger(__name__)
SNAPSHOT = "snapshot"


def work_root() -> Path:
    """Where the working directories lie, one for each (task, epoch)."""
    return Path(settings.AUTODEV_DATA) / "work"


class Workspace:
    """Files by path relative to `root`. A path that leaves it raises UnsafePath, which is a ValueError."""

    def __init__(
        self, *, task: TaskSnapshot, project_id: uuid.UUID, base: str, journal: Journal, check_alive: Callable[[], None]
    ) -> None:
        self.root = work_root() / f"{task.id}-{task.epoch}"
        self.repository: Repository = repository_of(project_id)
        self.base = base
        self.head = task.head
        self._task = task
        self._journal = journal
        self._check_alive = check_alive
        self._limits = Limits()

    def open(self) -> None:
        """Checks out the task's newest snapshot, else its base, into a fresh directory."""
        self._check_alive()
        start = self.repository.init()
        self.base = self.base or start
        self.close()
        create_workspace(self.root, owner=Owner(str(self._task.id), self._task.epoch))
        self.repository.checkout(self.head or self.base, self.root)
        failpoint("workspace.after_checkout")

    def restore(self, commit: str) -> None:
        """Puts the files back to an earlier commit of this task's line; what comes next builds on it."""
        self._check_alive()
        self.close()
        create_workspace(self.root, owner=Owner(str(self._task.id), self._task.epoch))
        self.repository.checkout(commit, self.root)
        self.head = commit

    def stands(self, row: str) -> str:
        """The commit that the files stand at, where the task's row says `row`. The two differ where the files were put
        back and nothing was stored since; the row then says so too. Raises Fenced."""
        if (self.head or self.base) == (row or self.base):
            return row
        write(lambda: fence(self._task.id, self._task.epoch, head=self.head, base=self.base))
        return self.head

    def close(self) -> None:
        """Removes the directory."""
        remove_workspace(self.root)

    def read(self, path: str) -> bytes:
        """The file's content. Raises NotFound; a link is not followed but refused."""
        entry = tree.read_entry(self.root, path, self._limits)
        if entry.mode == tree.LINK:
            raise UnsafePath(f"{path} is a link.")
        return entry.content

    def write(self, path: str, content: bytes) -> None:
        """Writes the file whole or not at all."""
        tree.write_file(self.root, path, content)

    def delete(self, path: str) -> None:
        """Removes the file. Raises NotFound."""
        tree.delete_file(self.root, path)

    def paths(self) -> list[str]:
        """The paths that a snapshot would store, sorted."""
        return list_folder(self.repository.git_dir, self.root)

    def snapshot(self, message: str) -> str:
        """Stores the files as a commit on the task's line and gives its name: the objects first, then the row (the
        truth), then the ref. Nothing is written where nothing changed. Raises SnapshotRefused, Fenced."""
        self._check_alive()
        before = self.head or self.base
        commit = self.repository.snapshot(
            self.root, parent=before, message=f"{message.strip()}\n", date=utcnow(), limits=self._limits
        )
        if commit == before:
            return commit
        self._journal.record(
            f"{SNAPSHOT}:{self._task.epoch}:{commit}",  # an attempt may come to the commit of one before it
            {"parent": before},
            title=message,
            kind=SNAPSHOT,
            commit=commit,
            head=commit,
            base=self.base,
        )
        self.head = commit
        failpoint("snapshot.after_row")
        point(self.repository, f"task/{self._task.id}/{self._task.epoch}", commit)
        return commit


def point(repository: Repository, name: str, commit: str) -> None:
    """Sets the ref. The row that says so is written already, so that a lock which a dead process left there stops
    nobody: the reconciler takes the lock away and sets the ref."""
    try:
        repository.set_ref(name, commit)
    except RepositoryError:
        log.warning("repository.ref_not_set", extra={"ref": name, "commit": commit}, exc_info=True)
