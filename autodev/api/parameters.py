"""What endpoints read from the address: ids, and the workspace that is spoken of."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from autodev.accounts.access import Access
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_id_for_user
from autodev.api.authentication import actor_of

WORKSPACE = OpenApiParameter(
    "workspace", uuid.UUID, description="Its id; may be left out with an API key, which has its own."
)


def uuid_parameter(request: Request, name: str) -> uuid.UUID | None:
    """A query parameter as a UUID, or None. Raises ValidationError."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise ValidationError({name: "This is no UUID."}) from error


def workspace_of(request: Request, *, at_least: Role = Role.VIEWER) -> Access:
    """The workspace of `?workspace=`, or the key's. Raises ValidationError where neither names one, NotFound to
    outsiders, Forbidden below `at_least`."""
    actor = actor_of(request)
    wanted = uuid_parameter(request, "workspace") or actor.only_workspace
    if wanted is None:
        raise ValidationError({"workspace": "Name the workspace."})
    return workspace_id_for_user(actor, wanted, at_least=at_least)
