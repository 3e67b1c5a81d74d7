"""What every page about providers begins with."""

from __future__ import annotations

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, actor_of
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_for_user
from providers.config.defaults import ensure_defaults

DOOR = "page"


def providers_access(request: UserRequest, slug: str, *, at_least: Role = Role.VIEWER) -> Access:
    """The workspace, with a configuration. Raises NotFound for outsiders, Forbidden below the role."""
    access = workspace_for_user(actor_of(request), slug, at_least=at_least)
    ensure_defaults(access.workspace)
    return access
