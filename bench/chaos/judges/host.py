"""What a run left on its host."""

from __future__ import annotations

import glob
from pathlib import Path

from autodev.sandbox import config
from autodev.sandbox.workspace import mount_prefix
from bench.chaos.judges.findings import Broken, Verdict
from bench.chaos.servers import command_of


def orphans(data: Path, *, except_pids: frozenset[int] = frozenset()) -> Verdict:
    """No sandbox, process, control group, mount or working directory outlives its task. `except_pids` are the run's own
    processes, which still live."""
    state = config.load().state_dir
    found = [
        Broken("I9", str(pid), f"process: {command[:160]}") for pid, command in _processes(state, data, except_pids)
    ]
    found += [Broken("I9", path.name, "run directory") for path in _entries(state / "runs")]
    found += [Broken("I9", path.name, "working directory") for path in _entries(data / "work")]
    found += [Broken("I9", where, "mount") for where in _mounts(state)]
    found += [Broken("I9", str(path), "control group") for path in _groups(state)]
    return Verdict("I9", "No sandbox, process or directory without a live task", 5, found)


def _processes(state: Path, data: Path, except_pids: frozenset[int]) -> list[tuple[int, str]]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in except_pids:
            continue
        command = command_of(int(entry.name))
        inside = str(data / "work") in command or str(state) in command
        if inside or ("bwrap" in command.split(" ")[0] and str(data) in command):
            found.append((int(entry.name), command))
    return found


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _mounts(state: Path) -> list[str]:
    lines = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [words[1] for words in lines if words[0].startswith(f"{mount_prefix(state)}:")]


def _groups(state: Path) -> list[Path]:
    tag = config.digest(state)
    # not Path.glob: it breaks on a group that goes away meanwhile
    found = glob.glob(f"/sys/fs/cgroup/**/autodev/*{tag}-*", recursive=True)
    return [Path(path) for path in found if Path(path).is_dir()]
