"""What the endpoints of recovery share: reading is for members; each act names the role that it needs."""

from __future__ import annotations

from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from autodev.accounts.access import Access
from autodev.accounts.models import Role, User
from autodev.api.authentication import actor_of
from autodev.api.pagination import NewestFirst
from autodev.api.parameters import WORKSPACE, workspace_of

of_workspace = extend_schema(parameters=[WORKSPACE])
V = TypeVar("V", bound=serializers.Serializer[Any])


class ByUse(NewestFirst):
    """For what was learned: the last used first."""

    ordering = ("-used_at", "-id")


def acting(request: Request, role: Role) -> tuple[Access, User]:
    """The workspace and who asks. Raises NotFound to outsiders, Forbidden below `role`."""
    return workspace_of(request, at_least=role), actor_of(request).user


def body_of(kind: type[V], request: Request) -> dict[str, Any]:
    """The checked body. Raises ValidationError."""
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    found: dict[str, Any] = body.validated_data
    return found


def query_of(kind: type[V], request: Request) -> dict[str, Any]:
    """The checked query. Raises ValidationError."""
    query = kind(data={name: value for name, value in request.query_params.items() if value})
    query.is_valid(raise_exception=True)
    found: dict[str, Any] = query.validated_data
    return found
