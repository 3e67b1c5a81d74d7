"""What the endpoints of a workspace share: reading is for its members, changing for maintainers."""

from __future__ import annotations

from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from autodev.accounts.access import Access
from autodev.accounts.models import Role, User, Workspace
from autodev.api.authentication import actor_of
from autodev.api.pagination import NewestFirst
from autodev.api.parameters import WORKSPACE, workspace_of
from providers.config.defaults import ensure_defaults

DOOR = "api"
of_workspace = extend_schema(parameters=[WORKSPACE])
V = TypeVar("V", bound=serializers.Serializer[Any])


class WorkspaceAPI(APIView):
    """`self.reading(request)` and `self.changing(request)` give the workspace, with the configuration that ships where
    it had none."""

    def reading(self, request: Request, *, at_least: Role = Role.VIEWER) -> Access:
        return _begun(workspace_of(request, at_least=at_least))

    def changing(self, request: Request) -> tuple[Workspace, User]:
        """With who asks. Raises Forbidden below a maintainer."""
        return _begun(workspace_of(request, at_least=Role.MAINTAINER)).workspace, actor_of(request).user


class ByStart(NewestFirst):
    """For records that have no `created_at`."""

    ordering = ("-started_at", "-id")


def body_of(kind: type[V], request: Request, *, partial: bool = False) -> dict[str, Any]:
    """The checked body. Raises ValidationError."""
    body = kind(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    found: dict[str, Any] = body.validated_data
    return found


def _begun(access: Access) -> Access:
    ensure_defaults(access.workspace)
    return access
