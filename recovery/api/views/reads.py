"""What failed, what was decided, what was learned, and where the workspace stands."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.api.parameters import workspace_of
from recovery.api.base import ByUse, of_workspace, query_of
from recovery.api.serializers.decisions import (
    DecisionsQuery,
    FixesQuery,
    FixOut,
    RecoveryAttemptDetail,
    RecoveryAttemptOut,
)
from recovery.api.serializers.state import StateOut
from recovery.models import KnownFix, RecoveryAttempt
from recovery.selectors.decisions import decision, decisions
from recovery.selectors.fixes import known_fixes
from recovery.selectors.outlook import outlook_of


@of_workspace
class State(APIView):
    @extend_schema(operation_id="recovery_state", responses=StateOut)
    def get(self, request: Request) -> Response:
        """Where the workspace stands, and what happens next and when."""
        return Response(StateOut(outlook_of(workspace_of(request).workspace)).data)


@of_workspace
class Decisions(ListAPIView[RecoveryAttempt]):
    """What was decided about failures, the newest first."""

    serializer_class = RecoveryAttemptOut
    queryset = RecoveryAttempt.objects.none()

    def get_queryset(self) -> Any:
        workspace = workspace_of(self.request).workspace
        wanted = query_of(DecisionsQuery, self.request)
        rows = decisions(
            workspace.pk,
            state=wanted.get("state", ""),
            strategy=wanted.get("strategy", ""),
            failure_kind=wanted.get("failure_kind", ""),
            build_id=wanted.get("build"),
            task_id=wanted.get("task"),
        )
        return rows.defer("inputs", "alternatives")

    @extend_schema(operation_id="recovery_attempts_list", parameters=[DecisionsQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@of_workspace
class DecisionOne(APIView):
    @extend_schema(operation_id="recovery_attempts_retrieve", responses=RecoveryAttemptDetail)
    def get(self, request: Request, attempt_id: uuid.UUID) -> Response:
        """One decision in full: what it was made from, and why nothing else was done."""
        return Response(RecoveryAttemptDetail(decision(workspace_of(request).workspace.pk, attempt_id)).data)


@of_workspace
class Fixes(ListAPIView[KnownFix]):
    """What fixed what, the last used first."""

    serializer_class = FixOut
    pagination_class = ByUse
    queryset = KnownFix.objects.none()

    def get_queryset(self) -> Any:
        workspace = workspace_of(self.request).workspace
        return known_fixes(workspace.pk, failure_kind=query_of(FixesQuery, self.request).get("failure_kind", ""))

    @extend_schema(operation_id="recovery_fixes_list", parameters=[FixesQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
