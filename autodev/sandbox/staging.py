"""Makes host paths reachable for the unprivileged user that a root worker becomes before it starts bubblewrap.

bubblewrap resolves every source path as that user, so nothing under a 0700 directory (a home, a pytest directory)
could be bound. A shell in a private mount namespace binds such paths into a tmpfs first; the mounts end with the
processes, so a crash leaves none behind.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

# $1: staging directory, $2: how many pairs follow; then kind, source for each; then the command.
# Sources become $1/0, $1/1, ...
STAGE_SCRIPT = (
    'd=$1; n=$2; shift 2; i=0; mount -t tmpfs -o mode=0755,size=64k,nr_inodes=256 autodev-stage "$d" || exit 125; '
    'while [ "$i" -lt "$n" ]; do '
    'if [ "$1" = d ]; then mkdir "$d/$i"; else : > "$d/$i"; fi; '
    'mount --bind -- "$2" "$d/$i" || exit 125; shift 2; i=$((i+1)); done; exec "$@"'
)


def reachable_by_others(path: Path) -> bool:
    """Whether any user may traverse to `path` and, for a directory, enter and list it."""
    real = Path(os.path.realpath(path))
    needed = stat.S_IROTH | stat.S_IXOTH if real.is_dir() else 0
    if (real.stat().st_mode & needed) != needed:
        return False
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents)


class Stage:
    """Collects the sources of one run; `source(path)` is what bubblewrap must be given for it."""

    def __init__(self, directory: Path, *, active: bool) -> None:
        self._directory = directory
        self._active = active
        self._staged: list[Path] = []

    def source(self, path: Path) -> str:
        real = Path(os.path.realpath(path, strict=True))
        if not self._active or reachable_by_others(real):
            return str(real)
        self._staged.append(real)
        return str(self._directory / str(len(self._staged) - 1))

    def prefix(self) -> list[str]:
        """The words to put in front of the command; empty when nothing needs staging."""
        if not self._staged:
            return []
        pairs = [word for path in self._staged for word in ("d" if path.is_dir() else "f", str(path))]
        shell = ["sh", "-c", STAGE_SCRIPT, "stage", str(self._directory), str(len(self._staged)), *pairs]
        return ["unshare", "--mount", "--propagation", "slave", "--", *shell]
