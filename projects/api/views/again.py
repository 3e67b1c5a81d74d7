"""A build begins again: from a checkpoint, from a task, from a step."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.models import Role
from autodev.api.authentication import actor_of
from projects.api.serializers import BuildDetail
from projects.api.spec_serializers import CheckpointOut, ReplayIn, RollbackIn
from projects.api.views.builds import detail_of
from projects.selectors.builds import build_for_user
from projects.selectors.checkpoints import checkpoint_of, checkpoints_of
from projects.services.replay import replay_build
from projects.services.rollback import rollback_build


class Checkpoints(APIView):
    @extend_schema(operation_id="builds_checkpoints", responses=CheckpointOut(many=True))
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """The steps that left a commit, newest first. Not paged; at most 500."""
        build = build_for_user(actor_of(request), build_id).build
        return Response(CheckpointOut(checkpoints_of(build), many=True).data)


class Rollback(APIView):
    @extend_schema(operation_id="builds_rollback", request=RollbackIn, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """The head goes back to the checkpoint, and what came after it runs again. Nothing is deleted. 409 for a
        cancelled build, and for a checkpoint that was made from another Spec."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = RollbackIn(data=request.data)
        body.is_valid(raise_exception=True)
        step = checkpoint_of(build, body.validated_data["checkpoint"])
        return Response(detail_of(rollback_build(build=build, user=actor.user, to_step=step)))


class Replay(APIView):
    @extend_schema(operation_id="builds_replay", request=ReplayIn, responses=BuildDetail)
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Runs the build again from a task or a step, or from the beginning. Nothing is deleted. 409 for a cancelled
        build and for a task that has not run yet."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = ReplayIn(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(
            detail_of(replay_build(build=build, user=actor.user, start=body.validated_data.get("start", "")))
        )
