"""What can go wrong with a repository or a workspace."""

from __future__ import annotations

from autodev.lib.errors import DomainError


class RepositoryError(DomainError):
    """git said no."""

    code = "repository_error"
    status = 500


class GitMissing(RepositoryError):
    code = "git_missing"
    hint = "Install git 2.38 or newer."


class SnapshotRefused(RepositoryError):
    """The files of the workspace cannot be stored as they are."""

    code = "snapshot_refused"
    status = 422


class UnsafePath(RepositoryError, ValueError):
    """A path that leaves the workspace, or goes through a link."""

    code = "unsafe_path"
    status = 422


class MergeConflict(RepositoryError):
    """Two tasks changed the same lines."""

    code = "merge_conflict"
    status = 409

    def __init__(self, paths: list[str]) -> None:
        super().__init__(f"Two changes do not go together in: {', '.join(paths) or 'unknown files'}")
        self.paths = paths


class NotFound(RepositoryError):
    """No such commit or file."""

    code = "not_found"
    status = 404


class CommitMissing(NotFound):
    """A commit that is written down somewhere is not in the repository."""

    code = "data_corruption"


class DestinationInUse(RepositoryError):
    code = "destination_in_use"
    status = 409
    hint = "Choose a folder that is empty or does not exist."
