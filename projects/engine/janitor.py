"""Ends what a crash left: working directories and sandboxes without a live (task, epoch)."""

from __future__ import annotations

import contextlib
import re
import uuid

from autodev.sandbox.backends import get_backend
from autodev.sandbox.types import SandboxUnavailable
from autodev.sandbox.workspace import remove_workspace
from projects.engine.workspace import work_root
from projects.models import Task
from projects.states import TaskState

NAME = re.compile(r"(?P<task>[0-9a-f-]{36})-(?P<epoch>\d+)")


def is_live(task_id: str, epoch: int) -> bool:
    """Whether this (task, epoch) runs; what the sandbox's janitor asks about an owner."""
    try:
        return Task.objects.filter(pk=uuid.UUID(task_id), epoch=epoch, state=TaskState.RUNNING).exists()
    except ValueError:
        return False


def clean_up() -> int:
    """Gives how many directories and sandboxes it ended."""
    ended = 0
    with contextlib.suppress(SandboxUnavailable):  # nothing ran here, so nothing was left
        ended += get_backend().reap(is_live)
    root = work_root()
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        name = NAME.fullmatch(folder.name)
        if name is None or not is_live(name["task"], int(name["epoch"])):
            remove_workspace(folder)
            ended += 1
    return ended
