"""The history of a workspace's configuration: a revision for every change, through whichever door it came."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Max

from autodev.accounts.errors import NotFound
from autodev.accounts.models import User, Workspace
from providers import told
from providers.config import store
from providers.live import versions
from providers.models import ConfigRevision

NOTE_LENGTH = 200


def begin() -> None:
    """First in every transaction that changes configuration: tells all processes (they look each second), and holds
    back other changes until the commit, so that what is read now is what will be changed."""
    versions.raise_config()


def finish(
    *,
    workspace: Workspace,
    actor: User | None,
    type: str,  # noqa: A002 - the event's own word
    door: str = "",
    note: str = "",
    digest: str = "",
    **payload: Any,
) -> ConfigRevision:
    """Last in it: the revision of what holds now, and the event. `payload` holds no secret."""
    revision = ConfigRevision.objects.create(
        workspace=workspace,
        number=newest(workspace.pk) + 1,
        document=store.raw(workspace.pk),
        note=note[:NOTE_LENGTH],
        door=door,
        digest=digest,
        created_by=actor,
    )
    told.record(
        type=type,
        workspace_id=workspace.pk,
        actor=actor,
        payload={**payload, "revision": revision.number, "door": door, **({"note": revision.note} if note else {})},
    )
    return revision


def newest(workspace_id: uuid.UUID) -> int:
    """The number of the newest revision; 0 where there is none."""
    found = ConfigRevision.objects.filter(workspace_id=workspace_id).aggregate(latest=Max("number"))["latest"]
    return int(found or 0)


def history(workspace_id: uuid.UUID, *, limit: int = 50) -> list[ConfigRevision]:
    """The newest first."""
    rows = ConfigRevision.objects.filter(workspace_id=workspace_id).select_related("created_by")
    return list(rows[:limit])


def revision(workspace_id: uuid.UUID, number: int) -> ConfigRevision:
    """Raises NotFound."""
    found = ConfigRevision.objects.filter(workspace_id=workspace_id, number=number).first()
    if found is None:
        raise NotFound(f"There is no revision {number} of this workspace's configuration.")
    return found
