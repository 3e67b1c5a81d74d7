"""What fixed what: learned fixes and patterns."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.models import Role
from autodev.api.authentication import actor_of
from autodev.api.parameters import WORKSPACE, workspace_of
from projects.api.knowledge_serializers import DeletedOut, LearnedFixesQuery, LearnedFixOut, PatternOut, SwitchIn
from projects.models import LearnedFix
from projects.selectors.knowledge import learned_fix_of, learned_of, patterns_of
from projects.services.knowledge import learned_fix_delete, learned_fix_restore, learned_fix_switch


class LearnedFixes(ListAPIView[LearnedFix]):
    """What was learned, newest first."""

    serializer_class = LearnedFixOut
    queryset = LearnedFix.objects.none()

    def get_queryset(self) -> Any:
        workspace = workspace_of(self.request).workspace
        query = LearnedFixesQuery(data={k: v for k, v in self.request.query_params.items() if v})
        query.is_valid(raise_exception=True)
        return learned_of(workspace, **query.validated_data)

    @extend_schema(operation_id="knowledge_list", parameters=[WORKSPACE, LearnedFixesQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class LearnedFixOne(APIView):
    @extend_schema(operation_id="knowledge_retrieve", parameters=[WORKSPACE], responses=LearnedFixOut)
    def get(self, request: Request, fix_id: uuid.UUID) -> Response:
        """A fix with its edits."""
        return Response(LearnedFixOut(learned_fix_of(workspace_of(request).workspace, fix_id)).data)

    @extend_schema(operation_id="knowledge_switch", parameters=[WORKSPACE], request=SwitchIn, responses=LearnedFixOut)
    def patch(self, request: Request, fix_id: uuid.UUID) -> Response:
        """Switches it on or off."""
        workspace = workspace_of(request, at_least=Role.MAINTAINER).workspace
        body = SwitchIn(data=request.data)
        body.is_valid(raise_exception=True)
        fix = learned_fix_of(workspace, fix_id)
        user, enabled = actor_of(request).user, body.validated_data["enabled"]
        return Response(LearnedFixOut(learned_fix_switch(fix=fix, user=user, enabled=enabled)).data)

    @extend_schema(operation_id="knowledge_delete", parameters=[WORKSPACE], responses=DeletedOut)
    def delete(self, request: Request, fix_id: uuid.UUID) -> Response:
        """Deletes it; the answer's `event` takes that back."""
        workspace = workspace_of(request, at_least=Role.MAINTAINER).workspace
        event = learned_fix_delete(fix=learned_fix_of(workspace, fix_id), user=actor_of(request).user)
        return Response(DeletedOut({"event": event.pk}).data)


class Restore(APIView):
    @extend_schema(operation_id="knowledge_restore", parameters=[WORKSPACE], request=None, responses=LearnedFixOut)
    def post(self, request: Request, event_id: uuid.UUID) -> Response:
        """Takes a deletion back. 409 where there is none."""
        workspace = workspace_of(request, at_least=Role.MAINTAINER).workspace
        row = learned_fix_restore(workspace=workspace, event_id=event_id, user=actor_of(request).user)
        return Response(LearnedFixOut(row).data)


class Patterns(APIView):
    @extend_schema(operation_id="knowledge_patterns", parameters=[WORKSPACE], responses=PatternOut(many=True))
    def get(self, request: Request) -> Response:
        """The pattern fixes in their order, and how they did. Not paged."""
        return Response(PatternOut(patterns_of(workspace_of(request).workspace), many=True).data)
