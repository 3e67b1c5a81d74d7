"""One change to a workspace's configuration: the document is taken, changed, checked as a whole and written back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodev.accounts.models import User, Workspace
from autodev.lib.db import write
from providers.config import revisions, store
from providers.config.schema import checked
from providers.models import ConfigRevision

Json = dict[str, Any]


def edit(
    *,
    workspace: Workspace,
    actor: User | None,
    type: str,  # noqa: A002 - the event's own word
    change: Callable[[Json], None],
    door: str = "",
    note: str = "",
    **payload: Any,
) -> ConfigRevision | None:
    """Applies `change` to the plain document in one transaction, with revision and event. None where it changes
    nothing. Raises ConfigInvalid, and what `change` raises."""

    def begin() -> ConfigRevision | None:
        revisions.begin()
        before, document = store.raw(workspace.pk), store.raw(workspace.pk)
        for part, empty in (("providers", {}), ("chains", {}), ("rules", []), ("settings", {}), (store.FLAG, {})):
            document.setdefault(part, empty)
        change(document)
        store.write(workspace.pk, checked(document))
        if store.raw(workspace.pk) == before:
            return None
        return revisions.finish(workspace=workspace, actor=actor, type=type, door=door, note=note, **payload)

    return write(begin)
