"""One control group per run, version 1 or 2: memory, processes and CPU share, and a kill that nothing escapes.

Groups lie in a fixed parent `autodev` of each hierarchy, so that the janitor of a later process finds what an
earlier one left.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from autodev.sandbox.types import Limits

PARENT = "autodev"
_CPU_PERIOD_US = 100_000
_NEEDED_V1 = ("memory", "pids", "cpu", "cpuacct", "freezer")
_NEEDED_V2 = ("memory", "pids", "cpu")


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes, milliseconds, counts."""

    cpu_ms: int = 0
    peak_mem: int = 0
    oom_kills: int = 0
    pids_peak: int = 0
    pids_refused: int = 0


class Cgroup(Protocol):
    """The group of one run."""

    @property
    def join_files(self) -> list[Path]:
        """Files into which a process writes 0 to enter the group."""

    def usage(self) -> Usage: ...

    def kill(self) -> None:
        """SIGKILL to every process in it, also to those that fork meanwhile."""

    def remove(self) -> bool:
        """Kill what is left and remove the directories; False when the kernel still holds some."""


class Hierarchy(Protocol):
    """Where groups are made."""

    def create(self, name: str, limits: Limits) -> Cgroup: ...

    def names(self) -> set[str]: ...

    def open(self, name: str) -> Cgroup: ...


def _read(path: Path) -> str:
    """Empty when the file is not there: kernels differ in what they offer."""
    try:
        return path.read_text()
    except OSError:
        return ""


def _number(path: Path) -> int:
    text = _read(path).strip()
    return int(text) if text.isdigit() else 0


def _field(path: Path, name: str) -> int:
    for line in _read(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0


def _pids(directories: list[Path]) -> set[int]:
    return {int(pid) for each in directories for pid in _read(each / "cgroup.procs").split()}


def _signal_all(directories: list[Path]) -> None:
    for pid in _pids(directories):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _remove_directories(directories: list[Path], *, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    left = directories
    while True:
        left = [each for each in left if not _rmdir(each)]
        if not left or time.monotonic() >= deadline:
            return not left
        _signal_all(left)
        time.sleep(0.01)


def _rmdir(path: Path) -> bool:
    try:
        path.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # EBUSY: a process in it is still dying
        return False
    return True


@dataclass(frozen=True, slots=True)
class CgroupV1:
    """Directories by controller."""

    directories: dict[str, Path]

    @property
    def join_files(self) -> list[Path]:
        return [each / "cgroup.procs" for each in self._distinct()]

    def _distinct(self) -> list[Path]:
        return list(dict.fromkeys(self.directories.values()))

    def usage(self) -> Usage:
        memory, pids = self.directories["memory"], self.directories["pids"]
        return Usage(
            cpu_ms=_number(self.directories["cpuacct"] / "cpuacct.usage") // 1_000_000,
            peak_mem=_number(memory / "memory.max_usage_in_bytes"),
            oom_kills=_field(memory / "memory.oom_control", "oom_kill"),
            pids_peak=_number(pids / "pids.peak") or _number(pids / "pids.current"),
            pids_refused=_field(pids / "pids.events", "max"),
        )

    def kill(self) -> None:
        state = self.directories["freezer"] / "freezer.state"
        # Frozen processes cannot fork away from the list that is being killed.
        with contextlib.suppress(OSError):
            state.write_text("FROZEN")
        _signal_all(self._distinct())
        with contextlib.suppress(OSError):
            state.write_text("THAWED")

    def remove(self) -> bool:
        self.kill()
        return _remove_directories(self._distinct(), patience_s=2.0)


@dataclass(frozen=True, slots=True)
class HierarchyV1:
    """`parents`: controller -> the `autodev` directory under its mount; `tag`: see `detect`."""

    parents: dict[str, Path]
    tag: str

    def create(self, name: str, limits: Limits) -> CgroupV1:
        group = self.open(name)
        memory, pids, cpu = (group.directories[controller] for controller in ("memory", "pids", "cpu"))
        try:
            for directory in dict.fromkeys(group.directories.values()):
                directory.mkdir()
            (memory / "memory.limit_in_bytes").write_text(str(limits.memory_bytes))
            (pids / "pids.max").write_text(str(limits.pids))
            (cpu / "cpu.cfs_quota_us").write_text(str(int(limits.cpus * _CPU_PERIOD_US)))
        except OSError:
            group.remove()
            raise
        with contextlib.suppress(OSError):  # absent where swap accounting is off
            (memory / "memory.memsw.limit_in_bytes").write_text(str(limits.memory_bytes))
        return group

    def open(self, name: str) -> CgroupV1:
        directories = {controller: parent / f"{self.tag}-{name}" for controller, parent in self.parents.items()}
        return CgroupV1(directories)

    def names(self) -> set[str]:
        return {name for parent in set(self.parents.values()) for name in _names(parent, self.tag)}


@dataclass(frozen=True, slots=True)
class CgroupV2:
    """One directory."""

    directory: Path

    @property
    def join_files(self) -> list[Path]:
        return [self.directory / "cgroup.procs"]

    def usage(self) -> Usage:
        own = self.directory
        return Usage(
            cpu_ms=_field(own / "cpu.stat", "usage_usec") // 1000,
            peak_mem=_number(own / "memory.peak") or _number(own / "memory.current"),
            oom_kills=_field(own / "memory.events", "oom_kill"),
            pids_peak=_number(own / "pids.peak") or _number(own / "pids.current"),
            pids_refused=_field(own / "pids.events", "max"),
        )

    def kill(self) -> None:
        try:
            (self.directory / "cgroup.kill").write_text("1")
        except OSError:  # before Linux 5.14
            _signal_all([self.directory])

    def remove(self) -> bool:
        self.kill()
        return _remove_directories([self.directory], patience_s=2.0)


@dataclass(frozen=True, slots=True)
class HierarchyV2:
    """`parent`: the `autodev` directory, whose controllers are handed down to the groups in it."""

    parent: Path
    tag: str

    def create(self, name: str, limits: Limits) -> CgroupV2:
        group = self.open(name)
        group.directory.mkdir()
        try:
            (group.directory / "memory.max").write_text(str(limits.memory_bytes))
            (group.directory / "pids.max").write_text(str(limits.pids))
            (group.directory / "cpu.max").write_text(f"{int(limits.cpus * _CPU_PERIOD_US)} {_CPU_PERIOD_US}")
        except OSError:
            group.remove()
            raise
        for file, value in (("memory.swap.max", "0"), ("memory.oom.group", "1")):
            with contextlib.suppress(OSError):  # absent where swap accounting is off
                (group.directory / file).write_text(value)
        return group

    def open(self, name: str) -> CgroupV2:
        return CgroupV2(self.parent / f"{self.tag}-{name}")

    def names(self) -> set[str]:
        return set(_names(self.parent, self.tag))


def _names(parent: Path, tag: str) -> list[str]:
    return [each.name.removeprefix(f"{tag}-") for each in parent.glob(f"{tag}-*") if each.is_dir()]


def detect(tag: str, mounts: str | None = None, own: str | None = None) -> tuple[Hierarchy | None, str]:
    """The hierarchy that carries all needed controllers and is writable, or (None, why not).

    `tag` keeps the groups of two installations apart; `mounts` and `own` are the texts of /proc/self/mounts and
    /proc/self/cgroup.
    """
    v1: dict[str, Path] = {}
    v2: Path | None = None
    for line in (_read(Path("/proc/self/mounts")) if mounts is None else mounts).splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup":
            v1.update({name: Path(where) for name in options.split(",") if name in _NEEDED_V1})
        elif kind == "cgroup2":
            v2 = Path(where)
    found: Hierarchy
    try:
        if all(name in v1 for name in _NEEDED_V1):
            found = _prepare_v1(v1, tag)
        elif v2 is not None:
            base = _base_v2(v2, _read(Path("/proc/self/cgroup")) if own is None else own)
            if missing := [name for name in _NEEDED_V2 if name not in _read(base / "cgroup.controllers").split()]:
                return None, f"cgroup v2 does not offer {', '.join(missing)} here"
            found = _prepare_v2(base, tag)
        else:
            return None, "no cgroup hierarchy with memory, pids and cpu"
        # Directories may exist, made by another user, and not be ours to use.
        found.create(f"trial-{os.getpid()}", Limits()).remove()
    except OSError as error:
        return None, f"control groups are not writable: {error.strerror}"
    return found, ""


def _prepare_v1(mounts: dict[str, Path], tag: str) -> HierarchyV1:
    parents = {name: where / PARENT for name, where in mounts.items()}
    for parent in set(parents.values()):
        parent.mkdir(exist_ok=True)
    return HierarchyV1(parents, tag)


def _base_v2(mount: Path, own: str) -> Path:
    """The process's own group, which a service unit or a container delegates, or its parent.

    A group that hands controllers down may hold no process itself (cgroups(7), "no internal processes").
    """
    relative = next((line[3:] for line in own.splitlines() if line.startswith("0::")), "/")
    base = mount / relative.lstrip("/")
    return base.parent if base != mount and _read(base / "cgroup.procs").split() else base


def _prepare_v2(base: Path, tag: str) -> HierarchyV2:
    wanted = " ".join(f"+{name}" for name in _NEEDED_V2)
    if not set(_NEEDED_V2) <= set(_read(base / "cgroup.subtree_control").split()):
        (base / "cgroup.subtree_control").write_text(wanted)
    parent = base / PARENT
    parent.mkdir(exist_ok=True)
    (parent / "cgroup.subtree_control").write_text(wanted)
    return HierarchyV2(parent, tag)
