"""Ends what a crash left behind: processes, control groups, run directories, workspaces that are mounts."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

from autodev.sandbox import rundir
from autodev.sandbox.cgroups import Hierarchy
from autodev.sandbox.rundir import RunName
from autodev.sandbox.types import Owner
from autodev.sandbox.workspace import can_mount, mount_prefix, remove_tree, remove_workspace, unescape

Live = Callable[[str, int], bool]


def reap(state_dir: Path, hierarchy: Hierarchy | None, live: Live) -> int:
    """The number of things ended. A run is over when its process is gone or `live` denies its owner."""
    runs = state_dir / "runs"
    directories = {each.name for each in runs.iterdir()} if runs.is_dir() else set()
    groups = hierarchy.names() if hierarchy else set()
    ended = 0
    for text in directories | groups:
        path = runs / text
        if text.startswith(rundir.NEW_PREFIX) and not Path("/proc", text.split("-")[1]).exists():
            remove_tree(path)
        name = RunName.parse(text)
        if name is None:
            continue
        held = rundir.held(path)
        if held and _lives(name.owner, live):
            continue
        _end(path)
        if hierarchy and text in groups:
            hierarchy.open(text).remove()
        # The session that still holds its directory removes it itself, now that its sandbox is dead.
        if not held:
            remove_tree(path)
        ended += 1
    return ended + _reap_workspaces(mount_prefix(state_dir), live)


def _lives(owner: Owner | None, live: Live) -> bool:
    return owner is None or live(owner.task_id, owner.epoch)


def _end(path: Path) -> None:
    pid = rundir.recorded_pid(path)
    if pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _reap_workspaces(mine: str, live: Live) -> int:
    """Workspaces whose process is gone and whose owner, if they have one, no longer lives. While the process lives it
    removes its own."""
    if not can_mount():
        return 0
    ended = 0
    for line in Path("/proc/self/mounts").read_text().splitlines():
        source, where, *_ = line.split()
        prefix, _, rest = source.partition(":")
        if prefix != mine or rest.count(":") != 2:  # task:epoch:pid
            continue
        task, epoch, pid = rest.split(":")
        if Path("/proc", pid).exists() or (task and live(task, int(epoch))):
            continue
        remove_workspace(Path(unescape(where)))
        ended += 1
    return ended
