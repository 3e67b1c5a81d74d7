"""Workspaces and projects."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.access import effective_role
from autodev.accounts.models import Membership, Role
from autodev.accounts.selectors import memberships_for_user
from autodev.api.authentication import actor_of
from autodev.api.parameters import uuid_parameter
from projects.api.serializers import ProjectOut, WorkspaceOut
from projects.models import Project
from projects.selectors.builds import project_for_user, projects_for_user


class Workspaces(APIView):
    @extend_schema(operation_id="workspaces_list", responses=WorkspaceOut(many=True))
    def get(self, request: Request) -> Response:
        """The workspaces that the caller belongs to, with the role in effect. Not paged."""
        actor = actor_of(request)
        rows: list[Membership] = list(memberships_for_user(actor))
        for row in rows:
            row.role = effective_role(Role(row.role), actor.ceiling)
        return Response(WorkspaceOut(rows, many=True).data)


@extend_schema(parameters=[OpenApiParameter("workspace", uuid.UUID, description="Only of this workspace.")])
class Projects(ListAPIView[Project]):
    """The projects that the caller may see, newest first."""

    serializer_class = ProjectOut
    queryset = Project.objects.none()

    def get_queryset(self) -> Any:
        rows = projects_for_user(actor_of(self.request))
        workspace = uuid_parameter(self.request, "workspace")
        return rows.filter(workspace_id=workspace) if workspace else rows


class ProjectDetail(APIView):
    @extend_schema(operation_id="projects_retrieve", responses=ProjectOut)
    def get(self, request: Request, project_id: uuid.UUID) -> Response:
        """One project."""
        project, _ = project_for_user(actor_of(request), project_id)
        return Response(ProjectOut(project).data)
