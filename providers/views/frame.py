"""What every page about providers begins with."""

from __future__ import annotations

import uuid

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, actor_of
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_for_user
from autodev.events.notify import notify, workspace_topic
from providers.config.defaults import ensure_defaults
from providers.live import store, versions
from providers.live.known import Known
from providers.live.snapshot import take
from providers.live.view import WorkspaceView

DOOR = "page"


def providers_access(request: UserRequest, slug: str, *, at_least: Role = Role.VIEWER) -> Access:
    """The workspace, with a configuration. Raises NotFound for outsiders, Forbidden below the role."""
    access = workspace_for_user(actor_of(request), slug, at_least=at_least)
    ensure_defaults(access.workspace)
    return access


def fresh_view(workspace_id: uuid.UUID) -> tuple[WorkspaceView, float]:
    """The workspace as the database has it at this moment, in seconds since the epoch. A page shows what was just
    changed, which the snapshot of this process may learn a second later."""
    at = versions.read()
    known = Known(take(workspace_id, at), store.load([workspace_id])[workspace_id], at.now)
    return known.view, at.now


def changed(workspace_id: uuid.UUID) -> None:
    """Tells open pages to look again."""
    notify(workspace_topic(workspace_id), {"type": "providers", "id": str(workspace_id), "version": 0})
