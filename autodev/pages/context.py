"""What the frame of every page shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from autodev.accounts.access import Actor
from autodev.accounts.models import Membership, User
from autodev.accounts.selectors import memberships_for_user


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The person's workspaces, read when the frame is rendered; fragments do not pay for it."""
    user = getattr(request, "user", None)

    def memberships() -> list[Membership]:
        return list(memberships_for_user(Actor(user=user))) if isinstance(user, User) else []

    return {"my_memberships": SimpleLazyObject(memberships), "ALLOW_SIGNUP": settings.ALLOW_SIGNUP}
