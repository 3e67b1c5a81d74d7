"""The installation's models.yaml on disk: taken over by every workspace whenever it changes, without a restart.

`refresh` is called each second by the poller of every process; where nothing changed it costs one `stat`. The first
process that sees a change imports it, workspace by workspace; the others find that it was done. A file with an error
changes nothing: what held goes on to hold, and `status` says what is wrong and where.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db.models import OuterRef, Subquery

from autodev.accounts.models import Workspace
from autodev.lib.db import write
from autodev.lib.errors import DomainError
from providers.config import transfer
from providers.config.problems import ConfigInvalid
from providers.config.schema import Document
from providers.config.settings import flag_of
from providers.live import versions
from providers.models import ConfigRevision, RoutingSettings

DOOR = "file"
SETTLED_S = 0.2  # a file that is just being written is read at the next look
MOST_A_LOOK = 20  # workspaces, so that the poller comes back to its other work
Stamp = tuple[int, int, int]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileState:
    """`document` is the last one without an error; `error` what is wrong with the present text, with its line. `digest`
    is that of the document's text; both are None where there is no file."""

    stamp: Stamp | None = None
    text: str = ""
    digest: str = ""
    document: Document | None = None
    error: str = ""


_lock = threading.Lock()
_state = FileState()
_done = ""  # the digest that all workspaces have
wall_clock: Callable[[], float] = time.time


def path() -> Path:
    return Path(settings.AUTODEV_MODELS_FILE)


def status() -> FileState:
    """The file as it is now, read again where it changed."""
    global _state  # noqa: PLW0603 - one file a process
    with _lock:
        _state = _looked(_state)
        return _state


def said_by_file() -> bool | None:
    """What it says of LOVABLE_FALLBACK_CHAIN, None where it says nothing."""
    document = status().document
    return None if document is None else flag_of(document.settings, document.lovable_patterns)


def refresh() -> int:
    """Looks at the file and imports it where a workspace does not have it yet. Gives the number of workspaces that it
    changed, at most MOST_A_LOOK; the rest follows at the next call. Raises what the database raises."""
    global _done  # noqa: PLW0603 - one file a process
    now = status()
    if now.digest == _done:
        return 0
    waiting = _without(now.digest) if now.document is not None else []
    changed = sum(_import(workspace, now) for workspace in waiting[:MOST_A_LOOK])
    if len(waiting) <= MOST_A_LOOK:
        if not changed:
            write(versions.raise_config)  # the flag may be another one for those that do not follow the file
        _done = now.digest
    return changed


def forget() -> None:
    """As a process that has just begun."""
    global _state, _done
    with _lock:
        _state, _done = FileState(), ""


def _looked(before: FileState) -> FileState:
    try:
        found = path().stat()
    except FileNotFoundError:
        return FileState()
    except OSError as error:
        return replace(before, error=str(error))
    stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
    if stamp == before.stamp or abs(wall_clock() - found.st_mtime) < SETTLED_S:
        return before
    try:
        text = path().read_text()
        document = transfer.parse(text, source=path().name)
    except (OSError, UnicodeDecodeError, ConfigInvalid) as error:
        log.error("config.file_refused", extra={"error": str(error)})  # noqa: TRY400 - the message says it all
        return replace(before, stamp=stamp, error=str(error))
    return FileState(stamp, text, hashlib.sha256(text.encode()).hexdigest(), document)


def _without(digest: str) -> list[Workspace]:
    """Workspaces that follow the file and whose last import of it was another one."""
    imports = ConfigRevision.objects.filter(workspace=OuterRef("pk"), door=DOOR).order_by("-number")
    rows = Workspace.objects.annotate(held=Subquery(imports.values("digest")[:1])).order_by("pk")
    loose = set(RoutingSettings.objects.filter(document__follow_file=False).values_list("workspace_id", flat=True))
    return [row for row in rows if getattr(row, "held", None) != digest and row.pk not in loose]


def _import(workspace: Workspace, now: FileState) -> int:
    def has_it() -> bool:
        last = ConfigRevision.objects.filter(workspace=workspace, door=DOOR).order_by("-number").first()
        return last is not None and last.digest == now.digest

    try:
        made = transfer.import_config(
            workspace=workspace, text=now.text, actor=None, note="the installation's file", door=DOOR,
            source=path().name, digest=now.digest, unless=has_it,
        )  # fmt: skip
    except DomainError as error:
        log.warning("config.file_not_taken", extra={"workspace_id": str(workspace.pk), "error": error.message})
        return 0
    return int(made is not None)
