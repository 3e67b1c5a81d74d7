"""Ends what a crash or a deletion left: working directories and sandboxes without a live (task, epoch), output and
artefacts of builds that are gone, output that is older than it is kept, layers that nobody uses."""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from autodev.lib.clock import db_now
from autodev.sandbox import config, layer_store
from autodev.sandbox.backends import get_backend
from autodev.sandbox.types import SandboxUnavailable
from autodev.sandbox.workspace import remove_tree, remove_workspace
from projects.engine.workspace import work_root
from projects.models import Build, Task
from projects.states import TaskState

# A workspace, or with a suffix what a check of the task works in (projects.checks.scratch).
NAME = re.compile(r"(?P<task>[0-9a-f-]{36})-(?P<epoch>\d+)(\.\w+)?")
A_QUERY = 500
UNFINISHED_S = 3600.0


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
    data = Path(settings.AUTODEV_DATA)
    ended += _remove_others(data / "output", _with_output())
    ended += _remove_others(data / "artifacts", Build.objects.all())
    return ended + _remove_unfinished(data)


def _with_output() -> QuerySet[Task]:
    """The tasks whose output is kept: of live builds, and of those that ended within AUTODEV_OUTPUT_DAYS."""
    if not settings.AUTODEV_OUTPUT_DAYS:
        return Task.objects.all()
    since = db_now(plus_s=-86400.0 * settings.AUTODEV_OUTPUT_DAYS)
    return Task.objects.filter(Q(build__finished_at=None) | Q(build__finished_at__gte=since))


def _remove_unfinished(data: Path) -> int:
    """What a process was making when it died: repositories to be, and archives."""
    found = [*(data / "repositories").glob(".new-*"), *(data / "artifacts").glob("*/.*.new")]
    old = [path for path in found if time.time() - path.lstat().st_mtime > UNFINISHED_S]
    for path in old:
        remove_tree(path)
    return len(old)


def _remove_others(root: Path, rows: QuerySet[Task] | QuerySet[Build]) -> int:
    """Removes the folders that are named after a row which is not one of these. What has another name is not ours."""
    ended = 0
    folders = {key: path for path in sorted(root.iterdir()) if (key := _key(path))} if root.is_dir() else {}
    for start in range(0, len(folders), A_QUERY):
        keys = list(folders)[start : start + A_QUERY]
        there = set(rows.filter(pk__in=keys).values_list("pk", flat=True))
        for key in keys:
            if key not in there:
                remove_tree(folders[key])
                ended += 1
    return ended


def _key(path: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(path.name)
    except ValueError:
        return None


def collect_layers() -> list[str]:
    """Removes layers of dependencies that were not used for 30 days, and beyond 20 GiB the longest unused; gives their
    keys. What was used within the hour stays."""
    home = config.load().data_dir / "layers"
    return layer_store.collect_garbage(home) if home.is_dir() else []
