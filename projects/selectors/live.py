"""What an open page compares with what it was told, to see that something is newer."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum

from autodev.accounts.models import Workspace
from projects.engine.output import output_path
from projects.models import Build
from projects.selectors.builds import workspace_version
from projects.selectors.tasks import shown_attempt


@dataclass(frozen=True, slots=True)
class Mark:
    """`version` rises with each event; `progress` and `output` are for display between two events, and are only looked
    at where no hint can tell of them: without Redis the worker's hints do not reach the web process. `state` is a
    workspace's, which changes without an event of a build."""

    version: int
    progress: int = 0
    output: str = ""
    state: str = ""


def mark_of(build: Build) -> Mark:
    """Where the build is now. No query with Redis, two without."""
    if settings.REDIS_URL or build.is_final:
        return Mark(build.version)
    progress = build.tasks.aggregate(n=Sum("progress"))["n"] or 0
    attempt = shown_attempt(build)
    if attempt is None:
        return Mark(build.version, progress)
    path = output_path(attempt.task_id, attempt.epoch)
    size = path.stat().st_size if path.exists() else 0
    return Mark(build.version, progress, f"{attempt.pk}:{size}")


def mark_of_workspace(workspace: Workspace) -> Mark:
    """Where the workspace is now; its version is the sum of its builds'. One query."""
    return Mark(workspace_version(workspace), state=workspace.state)


def missed(told: Mark, now: Mark) -> list[str]:
    """The types of the hints that tell what moved. Pure."""
    state = ["workspace.state"] if now.state != told.state else []
    if now.version > told.version:
        return [*state, "missed", "output"] if now.output != told.output else [*state, "missed"]
    moved = {"progress": now.progress != told.progress, "output": now.output != told.output}
    return [*state, *(kind for kind, yes in moved.items() if yes)]
