"""How much a run has used, and how it is ended: by its control group, or by walking /proc where there is none."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import Protocol

from autodev.sandbox.cgroups import Cgroup, Usage

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


class Meter(Protocol):
    """`hard`: the kernel holds memory and processes itself, so that samples need not be compared with limits."""

    hard: bool

    def attach(self, pid: int) -> None: ...

    def sample(self) -> Usage: ...

    def kill(self) -> None: ...


class CgroupMeter:
    """Reads the group's own counters."""

    hard = True

    def __init__(self, group: Cgroup) -> None:
        self._group = group
        self._pid = 0

    def attach(self, pid: int) -> None:
        self._pid = pid

    def sample(self) -> Usage:
        return self._group.usage()

    def kill(self) -> None:
        self._group.kill()
        _kill(self._pid)


class ProcMeter:
    """Sums what the descendants of the outermost process show in /proc.

    It does not see memory behind a memfd that is not mapped, growth between samples, or what a process used before it
    was reaped elsewhere.
    """

    hard = False

    def __init__(self) -> None:
        self._pid = 0
        self._peak = Usage()

    def attach(self, pid: int) -> None:
        self._pid = pid

    def sample(self) -> Usage:
        members = descendants(self._pid)
        ticks = sum(_cpu_ticks(pid) for pid in members)
        memory = sum(_resident(pid) for pid in members)
        self._peak = Usage(
            cpu_ms=max(self._peak.cpu_ms, ticks * 1000 // _TICKS),
            peak_mem=max(self._peak.peak_mem, memory),
            pids_peak=max(self._peak.pids_peak, len(members)),
        )
        return self._peak

    def kill(self) -> None:
        # bubblewrap dies with its monitor (--die-with-parent), and its process namespace with it.
        for pid in (*descendants(self._pid), self._pid):
            _kill(pid)


def descendants(root: int) -> list[int]:
    """Every process below `root`, itself included while it lives."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            fields = _stat(int(entry))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry))
    found = [root] if _stat(root) else []
    for pid in found:
        found.extend(children.get(pid, []))
    return found


def threads_of_user(uid: int) -> int:
    """How many threads run as this user: what RLIMIT_NPROC already counts."""
    count = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{entry}").st_uid == uid:
                    count += len(os.listdir(f"/proc/{entry}/task"))
    return count


def _kill(pid: int) -> None:
    if pid > 0:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _cpu_ticks(pid: int) -> int:
    fields = _stat(pid)
    return sum(int(value) for value in fields[11:15]) if fields else 0


def _resident(pid: int) -> int:
    """Proportional set size, so that pages shared by forks count once; resident size where the kernel hides that."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
