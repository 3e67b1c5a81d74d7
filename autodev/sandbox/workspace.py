"""Workspaces: directories that untrusted code writes to.

`create_workspace` gives one with hard limits of size and inodes where the process may mount (root): a tmpfs of its
own. Elsewhere it is a plain directory, and a run watches its size instead. Either way the tree is hostile after the
first run: nothing here follows its links or recurses through it in Python.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from autodev.sandbox import config
from autodev.sandbox.types import MIB, Owner

_UID_SPAN = 1 << 20
# Above the ranges that distributions, LDAP and systemd hand out, below the sign bit.
_UID_BASE = 0x7A000000
_UID_BASE_SMALL, _UID_SPAN_SMALL = 61_184, 4_000


class WorkspaceError(RuntimeError):
    """A workspace could not be made or removed; the message carries the program's own words."""

    code = "workspace"


def sandbox_uid(workspace: Path | str) -> int:
    """The host user that runs what works in this directory, the same for each run of it.

    RLIMIT_NPROC counts per user, so a fork bomb in one workspace must not starve another.
    """
    digest = int.from_bytes(hashlib.sha256(os.fsencode(workspace)).digest()[:8], "big")
    if _mapped_uids() > _UID_BASE + _UID_SPAN:
        return _UID_BASE + digest % _UID_SPAN
    return _UID_BASE_SMALL + digest % _UID_SPAN_SMALL


def _mapped_uids() -> int:
    """The first user id that does not exist in this user namespace (a container may map only 65,536)."""
    highest = 0
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, _, count = (int(word) for word in line.split())
        highest = max(highest, inside + count)
    return highest


def can_mount() -> bool:
    """Whether this process may mount a tmpfs: CAP_SYS_ADMIN (bit 21) is effective."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> 21 & 1)
    return False


def create_workspace(
    path: Path, *, size_bytes: int = 512 * MIB, inodes: int = 100_000, owner: Owner | None = None
) -> bool:
    """Make the directory; True when its limits are hard (tmpfs). Raises WorkspaceError, FileExistsError."""
    path.mkdir(parents=True, mode=0o700)
    if not can_mount():
        return False
    options = f"size={size_bytes},nr_inodes={inodes},mode=0700,nosuid,nodev"
    _program("mount", "-t", "tmpfs", "-o", options, mount_source(owner), str(path))
    return True


def mount_source(owner: Owner | None) -> str:
    """What stands in /proc/mounts for a workspace: the prefix, the owner and the process that made it."""
    task, epoch = (owner.task_id, owner.epoch) if owner else ("", 0)
    return f"{mount_prefix(config.load().state_dir)}:{task}:{epoch}:{os.getpid()}"


def mount_prefix(state_dir: Path) -> str:
    """How the mounts of one installation begin; its janitor leaves those of others alone."""
    return f"autodev-ws-{config.digest(state_dir)}"


def remove_workspace(path: Path) -> None:
    """Unmount it and what is mounted below it, and delete the directory, however deep or unreadable. Missing is
    fine."""
    for where in mounts_below(path):
        _program("umount", "--lazy", str(where))
    remove_tree(path)


def mounts_below(path: Path) -> list[Path]:
    """The mount points at the path and below it, the deepest first."""
    # The directory's own name is not resolved: what untrusted code may have put in its place is not followed.
    top = Path(os.path.realpath(path.parent)) / path.name
    found = [Path(unescape(line.split()[1])) for line in Path("/proc/self/mounts").read_text().splitlines()]
    return sorted((each for each in found if each.is_relative_to(top)), key=lambda p: len(p.parts), reverse=True)


def unescape(path: str) -> str:
    """proc(5) writes blanks and backslashes of a mount point in octal."""
    for code, sign in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, sign)
    return path


def remove_tree(path: Path) -> None:
    """Delete a tree made by untrusted code: no recursion of ours, no other file system, no followed link."""
    if not os.path.lexists(path):
        return
    command = ["rm", "-rf", "--one-file-system", "--", str(path)]
    first = subprocess.run(command, capture_output=True, check=False)
    if first.returncode != 0 and os.path.lexists(path):
        # Directories whose owner took away its own permission.
        subprocess.run(["chmod", "-R", "u+rwX", "--", str(path)], capture_output=True, check=False)
        _program(*command)


def is_limited(path: Path, size_bytes: int) -> bool:
    """Whether the file system itself keeps the directory within about this size."""
    if not os.path.ismount(path):
        return False
    about = os.statvfs(path)
    return about.f_blocks * about.f_frsize <= size_bytes * 2


def measure(path: Path) -> tuple[int, int]:
    """(bytes, entries) of a tree. Uses `du`, which neither follows links nor recurses through names."""
    done = subprocess.run(
        ["du", "-s", "-x", "--block-size=1", "--inodes", "--", str(path)], capture_output=True, text=True, check=False
    )
    entries = int(done.stdout.split()[0]) if done.stdout.strip() else 0
    done = subprocess.run(
        ["du", "-s", "-x", "--block-size=1", "--", str(path)], capture_output=True, text=True, check=False
    )
    return (int(done.stdout.split()[0]) if done.stdout.strip() else 0), entries


def hand_over(path: Path, uid: int) -> None:
    """Give what the worker wrote to the sandbox's user (root only); links themselves, not their targets."""
    # Once the top belongs to that user, only what the worker added since is looked for.
    added = [f"--from={os.geteuid()}"] if path.stat().st_uid == uid else []
    _program("chown", "-hR", *added, f"{uid}:{uid}", "--", str(path))


def _program(*argv: str) -> None:
    if shutil.which(argv[0]) is None:
        raise WorkspaceError(f"{argv[0]} is not installed")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise WorkspaceError(f"{argv[0]}: {done.stderr.strip()[:500]}")
