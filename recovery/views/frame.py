"""What every page of recovery begins with."""

from __future__ import annotations

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, actor_of
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_for_user

A_PAGE = 50


def recovery_access(request: UserRequest, slug: str, *, at_least: Role = Role.VIEWER) -> Access:
    """The workspace. Raises NotFound for outsiders, Forbidden below the role."""
    return workspace_for_user(actor_of(request), slug, at_least=at_least)


def filtered(request: UserRequest) -> bool:
    """Whether the address narrows a list."""
    return any(value for name, value in request.GET.items() if name != "page")
