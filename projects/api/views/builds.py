"""Builds: list, start, read, steer."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.access import Actor
from autodev.accounts.models import Role, Workspace
from autodev.accounts.selectors import workspace_id_for_user
from autodev.api.authentication import actor_of
from autodev.api.parameters import uuid_parameter
from projects.api.idempotency import IDEMPOTENCY_KEY, idempotency_key
from projects.api.serializers import BuildDetail, BuildIn, BuildOut
from projects.models import Build, Project
from projects.selectors.builds import build_for_user, builds_for_user, project_for_user
from projects.selectors.tasks import tasks_of
from projects.services.cancel import cancel_build
from projects.services.pause import pause_build, resume_build
from projects.services.start import start_build
from projects.states import BuildState


def _place(actor: Actor, data: dict[str, Any]) -> tuple[Workspace, Project | None]:
    """Where the build goes. Raises NotFound, Forbidden, ValidationError."""
    if data.get("project"):
        project, access = project_for_user(actor, data["project"], at_least=Role.DEVELOPER)
        if data.get("workspace") and data["workspace"] != access.workspace.pk:
            raise ValidationError({"project": "It belongs to another workspace."})
        return access.workspace, project
    workspace_id = data.get("workspace") or actor.only_workspace
    if workspace_id is None:
        raise ValidationError({"workspace": "Name the workspace."})
    return workspace_id_for_user(actor, workspace_id, at_least=Role.DEVELOPER).workspace, None


class Builds(ListAPIView[Build]):
    """The builds that the caller may see, newest first."""

    serializer_class = BuildOut
    queryset = Build.objects.none()
    throttle_scope = "build"

    def get_queryset(self) -> Any:
        rows = builds_for_user(actor_of(self.request))
        for name in ("workspace", "project"):
            wanted = uuid_parameter(self.request, name)
            rows = rows.filter(**{f"{name}_id": wanted}) if wanted else rows
        state = self.request.query_params.get("state")
        if state and state not in BuildState.values:
            raise ValidationError({"state": f"One of {', '.join(BuildState.values)}."})
        return rows.filter(state=state) if state else rows

    @extend_schema(
        parameters=[
            OpenApiParameter("workspace", uuid.UUID, description="Only of this workspace."),
            OpenApiParameter("project", uuid.UUID, description="Only of this project."),
            OpenApiParameter("state", str, enum=BuildState.values),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="builds_create",
        request=BuildIn,
        responses={201: BuildDetail},
        parameters=[IDEMPOTENCY_KEY],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Starts a build of the idea. 422 for a harmful one, for a deadline that is past, and for options that are not
        known."""
        body = BuildIn(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        key = idempotency_key(request)
        actor = actor_of(request)
        workspace, project = _place(actor, data)
        build = start_build(
            workspace=workspace,
            user=actor.user,
            idea=data["idea"],
            constraints=data.get("constraints") or {},
            preferences=data.get("preferences") or {},
            options={
                **(data.get("options") or {}),
                **({"blueprint": data["blueprint"]} if data.get("blueprint") else {}),
            },
            deadline=data.get("deadline_at"),
            budget=data.get("budget_usd"),
            project=project,
            idempotency_key=key,
        )
        return Response(detail_of(build), status=201, headers={"Location": f"/api/v1/builds/{build.pk}/"})


def detail_of(build: Build) -> Any:
    """The build in full, as the API shows it."""
    return BuildDetail(build, context={"tasks": tasks_of(build)}).data


class BuildOne(APIView):
    @extend_schema(operation_id="builds_retrieve", responses=BuildDetail)
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """A build in full, with its tasks."""
        return Response(detail_of(build_for_user(actor_of(request), build_id).build))


class _Steer(APIView):
    """A POST without a body that changes a build's state."""

    def steer(self, build: Build, actor: Actor) -> Build:
        raise NotImplementedError

    def answer(self, request: Request, build_id: uuid.UUID) -> Response:
        actor = actor_of(request)
        found = build_for_user(actor, build_id, at_least=Role.DEVELOPER)
        return Response(detail_of(self.steer(found.build, actor)))


class Cancel(_Steer):
    @extend_schema(operation_id="builds_cancel", request=None, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Stops the build for good; what it has made stays. 409 where it has ended otherwise."""
        return self.answer(request, build_id)

    def steer(self, build: Build, actor: Actor) -> Build:
        return cancel_build(build=build, user=actor.user)


class Pause(_Steer):
    @extend_schema(operation_id="builds_pause", request=None, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Begins nothing new; what runs is finished. 409 where the build has ended."""
        return self.answer(request, build_id)

    def steer(self, build: Build, actor: Actor) -> Build:
        return pause_build(build=build, user=actor.user)


class Resume(_Steer):
    @extend_schema(operation_id="builds_resume", request=None, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Goes on after a pause. 409 where the build has ended."""
        return self.answer(request, build_id)

    def steer(self, build: Build, actor: Actor) -> Build:
        return resume_build(build=build, user=actor.user)
