"""Repositories: one bare git repository a project, written by objects and never through a worktree's own
configuration."""

from __future__ import annotations

import uuid
from pathlib import Path

from projects.repository.repository import Change, LogEntry, Repository, repository_of

__all__ = ["Change", "LogEntry", "Repository", "clone_out", "repository_of"]


def clone_out(*, project_id: uuid.UUID, commit: str, directory: Path) -> None:
    """Delivers a commit of the project with its history as an ordinary repository on `main`. Raises DestinationInUse,
    NotFound."""
    repository_of(project_id).clone_out(commit, directory)
