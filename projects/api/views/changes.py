"""Changes of finished builds, their review, and repositories from elsewhere."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.errors import NotFound
from autodev.accounts.models import Role
from autodev.accounts.selectors import workspace_id_for_user
from autodev.api.authentication import actor_of
from projects.api.change_serializers import ChangeIn, MergeIn, RepositoryImportIn, ReviewOut, UndoIn
from projects.api.idempotency import IDEMPOTENCY_KEY, idempotency_key
from projects.api.serializers import BuildDetail, BuildOut
from projects.api.views.builds import detail_of
from projects.models import Build
from projects.selectors.builds import build_for_user
from projects.selectors.mainline import changes_of
from projects.selectors.reviewing import review_of
from projects.services.change import change_start, change_undo
from projects.services.importing import import_start, source_of_url, store_upload
from projects.services.merge import discard_change, merge_change

LISTED = 200


def _created(build: Build) -> Response:
    return Response(detail_of(build), status=201, headers={"Location": f"/api/v1/builds/{build.pk}/"})


def _body(form: Any) -> dict[str, Any]:
    form.is_valid(raise_exception=True)
    data: dict[str, Any] = form.validated_data
    return data


class Changes(APIView):
    throttle_scope = "build"

    @extend_schema(operation_id="builds_changes_list", responses=BuildOut(many=True))
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """The changes of the build's project, newest first. Not paged; at most 200."""
        build = build_for_user(actor_of(request), build_id).build
        return Response(BuildOut(changes_of(build.project)[:LISTED], many=True).data)

    @extend_schema(
        operation_id="builds_changes_create", request=ChangeIn, responses={201: BuildDetail},
        parameters=[IDEMPOTENCY_KEY],
    )  # fmt: skip
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Starts a change of what the build delivered, as a build of its own on a branch. 409 where it delivered
        nothing."""
        actor, data = actor_of(request), _body(ChangeIn(data=request.data))
        wanted = Role.MAINTAINER if data["merge"] else Role.DEVELOPER
        build = build_for_user(actor, build_id, at_least=wanted).build
        change = change_start(
            build=build, user=actor.user, text=data["text"], options=data.get("options"), merge=data["merge"],
            deadline=data.get("deadline_at"), budget=data.get("budget_usd"), idempotency_key=idempotency_key(request),
        )  # fmt: skip
        return _created(change)


class Change(APIView):
    @extend_schema(operation_id="builds_change_review", responses=ReviewOut)
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """How a change stands to the main line. 404 for a build that is no change; its diff is
        `/builds/{id}/diff/?from={base}`."""
        review = review_of(build_for_user(actor_of(request), build_id).build)
        if review is None:
            raise NotFound("This build is no change.")
        return Response(ReviewOut(review).data)


class Merge(APIView):
    @extend_schema(operation_id="builds_change_merge", request=MergeIn, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Merges the change into the project's main line. Where that went on since, the build runs again with both put
        together, and is merged by itself when all is green. 409 where they do not go together (`errors` names the
        files), and for a degraded change without `accept_degraded`."""
        actor, data = actor_of(request), _body(MergeIn(data=request.data))
        build = build_for_user(actor, build_id, at_least=Role.MAINTAINER).build
        merged = merge_change(build=build, user=actor.user, accept_degraded=data["accept_degraded"])
        return Response(detail_of(merged))


class Discard(APIView):
    @extend_schema(operation_id="builds_change_discard", request=None, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Keeps the change out of the main line for good. 409 for one that is merged or still runs."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        return Response(detail_of(discard_change(build=build, user=actor.user)))


class Undo(APIView):
    throttle_scope = "build"

    @extend_schema(
        operation_id="builds_change_undo", request=UndoIn, responses={201: BuildDetail}, parameters=[IDEMPOTENCY_KEY]
    )
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Starts a change that takes a merged change out of the main line again. 409 for one that is not merged."""
        actor, data = actor_of(request), _body(UndoIn(data=request.data))
        wanted = Role.MAINTAINER if data["merge"] else Role.DEVELOPER
        build = build_for_user(actor, build_id, at_least=wanted).build
        undo = change_undo(
            build=build, user=actor.user, merge=data["merge"], idempotency_key=idempotency_key(request)
        )  # fmt: skip
        return _created(undo)


class Imports(APIView):
    throttle_scope = "build"
    parser_classes = (JSONParser, MultiPartParser)

    @extend_schema(
        operation_id="imports_create",
        request={"application/json": RepositoryImportIn, "multipart/form-data": RepositoryImportIn},
        responses={201: BuildDetail},
        parameters=[IDEMPOTENCY_KEY],
    )
    def post(self, request: Request) -> Response:
        """Takes a repository in as a new project, and measures it by its own tests. 422 for an address or a file that
        is not taken."""
        actor, data = actor_of(request), _body(RepositoryImportIn(data=request.data))
        workspace_id = data.get("workspace") or actor.only_workspace
        if workspace_id is None:
            raise ValidationError({"workspace": "Name the workspace."})
        workspace = workspace_id_for_user(actor, workspace_id, at_least=Role.DEVELOPER).workspace
        key = idempotency_key(request)
        if data.get("file"):
            source = store_upload(data["file"].name, data["file"].chunks(), branch=data["branch"])
        else:
            source = source_of_url(data["url"], branch=data["branch"])
        build = import_start(
            workspace=workspace, user=actor.user, source=source, name=data["name"], idempotency_key=key
        )  # fmt: skip
        return _created(build)
