"""Changes and imports of this machine's builds. Imported only after `autodev.coder.local.set_up()`."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path

from autodev.coder.config import CoderConfig
from autodev.coder.local import local_owner
from autodev.coder.steer import find
from projects.services import change_start, change_undo, discard_change, merge_change
from projects.services.importing import import_start, source_of_folder, source_of_url


def start(
    build_id: uuid.UUID, text: str, config: CoderConfig, *, merge: bool, deadline: dt.datetime | None,
    budget: Decimal | None,
) -> uuid.UUID:  # fmt: skip
    """Queues the change and gives its build's id."""
    options = config.build_options()
    build = change_start(
        build=find(build_id), user=local_owner()[1], text=text, options=options, merge=merge, deadline=deadline,
        budget=budget,
    )  # fmt: skip
    return build.pk


def undo(build_id: uuid.UUID, *, merge: bool) -> uuid.UUID:
    """Queues the change that takes a merged one back, and gives its build's id."""
    return change_undo(build=find(build_id), user=local_owner()[1], merge=merge).pk


def take_in(source: str | Path, config: CoderConfig, *, branch: str, name: str) -> uuid.UUID:
    """Queues the import and gives its build's id. What has a scheme is an address, everything else a path."""
    workspace, user = local_owner()
    text = str(source)
    found = source_of_url(text, branch=branch) if "://" in text else source_of_folder(Path(text), branch=branch)
    return import_start(workspace=workspace, user=user, source=found, name=name, options=config.build_options()).pk


def merge(build_id: uuid.UUID, *, accept_degraded: bool) -> None:
    """Raises ChangeConflict, WrongState."""
    merge_change(build=find(build_id), user=local_owner()[1], accept_degraded=accept_degraded)


def discard(build_id: uuid.UUID) -> None:
    """Raises WrongState."""
    discard_change(build=find(build_id), user=local_owner()[1])
