"""What imports leave on the disk: files that were sent for one that was refused, cancelled or asked for twice, and
places where a worker that was killed had fetched."""

from __future__ import annotations

import contextlib

from autodev.lib import clock
from autodev.sandbox.workspace import remove_tree
from projects.engine.housekeeping import Chore, register_chore
from projects.services.importing import forget_logins, uploads

# As long as an import that failed can be run again with its file.
KEPT_S = 7 * 24 * 3600.0
# Far beyond what fetching may take.
FETCHING_S = 24 * 3600.0


def remove_leftovers() -> int:
    """Removes what is older than that, and the logins of imports that ended before they fetched; gives how many files
    there were."""
    forget_logins()
    root, now = uploads(), clock.utcnow().timestamp()
    removed = 0
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        kept_s = FETCHING_S if path.name.startswith("fetch-") else KEPT_S
        with contextlib.suppress(FileNotFoundError):  # its import is done with it at this moment
            if now - path.lstat().st_mtime > kept_s:
                remove_tree(path)
                removed += 1
    return removed


def register() -> None:
    """The chore of whoever hosts an engine."""
    register_chore(Chore("imports", 3600.0, remove_leftovers))
