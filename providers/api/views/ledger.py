"""What was asked of whom, why, how it ended, and what it cost."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from providers import selectors
from providers.api.base import ByStart, WorkspaceAPI, of_workspace
from providers.api.serializers.ledger import (
    CallOut,
    CallsQuery,
    DecisionDetail,
    DecisionOut,
    DecisionsQuery,
    UsageOut,
    UsageQuery,
)
from providers.models import Call, Decision
from providers.services.errors import NoSuchThing


def _query(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    query = kind(data={name: value for name, value in request.query_params.items() if value})
    query.is_valid(raise_exception=True)
    found: dict[str, Any] = query.validated_data
    return found


@of_workspace
class Calls(WorkspaceAPI, ListAPIView[Call]):
    """The ledger: every attempt, also failed and broken ones, the newest first."""

    serializer_class = CallOut
    pagination_class = ByStart
    queryset = Call.objects.none()

    def get_queryset(self) -> Any:
        workspace = self.reading(self.request).workspace
        wanted = _query(CallsQuery, self.request)
        rows = selectors.calls(
            workspace.pk,
            provider=wanted.get("provider", ""),
            outcome=wanted.get("outcome", ""),
            purpose=wanted.get("purpose", ""),
            build_id=wanted.get("build"),
            request_id=wanted.get("request"),
        )
        kind = wanted.get("failure_kind")
        return rows.filter(failure_kind=kind) if kind else rows

    @extend_schema(operation_id="calls_list", parameters=[CallsQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@of_workspace
class UsageOfProviders(WorkspaceAPI):
    @extend_schema(operation_id="calls_usage", parameters=[UsageQuery], responses=UsageOut(many=True))
    def get(self, request: Request) -> Response:
        """Calls, failures, tokens and cost by provider, the dearest first."""
        workspace = self.reading(request).workspace
        hours = _query(UsageQuery, request)["hours"]
        return Response(UsageOut(selectors.usage(workspace.pk, over_s=3600.0 * hours), many=True).data)


@of_workspace
class Decisions(WorkspaceAPI, ListAPIView[Decision]):
    """Who was chosen, the newest first."""

    serializer_class = DecisionOut
    queryset = Decision.objects.none()

    def get_queryset(self) -> Any:
        workspace = self.reading(self.request).workspace
        wanted = _query(DecisionsQuery, self.request)
        return selectors.decisions(
            workspace.pk,
            task_kind=wanted.get("task_kind", ""),
            build_id=wanted.get("build"),
            switches=wanted["switches"],
        )

    @extend_schema(operation_id="decisions_list", parameters=[DecisionsQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@of_workspace
class DecisionOne(WorkspaceAPI):
    @extend_schema(operation_id="decisions_retrieve", responses=DecisionDetail)
    def get(self, request: Request, decision_id: uuid.UUID) -> Response:
        """One decision in full: why this one, why not the others, and the calls that followed."""
        found = selectors.decision(self.reading(request).workspace.pk, decision_id)
        if found is None:
            raise NoSuchThing("There is no such decision.")
        return Response(DecisionDetail(found).data)
