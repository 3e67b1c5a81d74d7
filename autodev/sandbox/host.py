"""What this machine offers a bubblewrap sandbox, read once and without running anything untrusted."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from autodev.sandbox import cgroups, seccomp
from autodev.sandbox.types import Isolation
from autodev.sandbox.workspace import can_mount

_ALWAYS = ("bwrap", "sh", "prlimit", "nice", "rm", "chmod", "du")
_AS_ROOT = ("setpriv", "chown")
_WITH_MOUNTS = ("unshare", "mount", "umount", "mkdir")


@dataclass(frozen=True, slots=True)
class Host:
    """`missing`: programs without which nothing runs; `why_no_cgroup`: empty where there is one."""

    root: bool
    mounts: bool
    hierarchy: cgroups.Hierarchy | None
    why_no_cgroup: str
    missing: tuple[str, ...]
    filter: bool

    @property
    def level(self) -> Isolation:
        """What the chain amounts to here, provided that its self-test passes."""
        if self.missing or not self.filter:
            return Isolation.NONE
        return Isolation.PROCESS if self.hierarchy else Isolation.DEGRADED

    @property
    def reasons(self) -> list[str]:
        """Why the level is not higher, and what is weaker than it could be, with the remedy."""
        out = []
        if self.missing:
            out.append(f"missing programs: {', '.join(self.missing)} (run scripts/install-system-packages)")
        if not self.filter:
            out.append("no system-call table for this processor")
        if not self.hierarchy:
            out.append(f"memory, processes and CPU share are only watched: {self.why_no_cgroup}")
        if not self.mounts:
            out.append("workspaces are plain directories whose size is only watched: mounting needs root")
        return out


def look(*, tag: str | None) -> Host:
    """Read the machine as it is. `tag` names this installation's control groups; None leaves them alone."""
    root = os.geteuid() == 0
    mounts = can_mount()
    hierarchy, why = cgroups.detect(tag) if tag else (None, "not asked for")
    wanted = [*_ALWAYS, *(_AS_ROOT if root else ()), *(_WITH_MOUNTS if mounts else ())]
    missing = tuple(name for name in wanted if shutil.which(name) is None)
    return Host(root, mounts, hierarchy, why, missing, seccomp.supported())
