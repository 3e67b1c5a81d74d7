"""Drills: a fault put into a provider on purpose, in this workspace only."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from autodev.accounts.models import Workspace
from providers import selectors
from providers.api.base import ByStart, WorkspaceAPI, body_of, of_workspace
from providers.api.serializers.drills import DrillDetail, DrillIn, DrillOut, FaultOut
from providers.drill.faults import FAULTS
from providers.models import Drill, Provider
from providers.services.drills import drill_report, drill_start, drill_stop
from providers.services.errors import NoSuchThing


def _drill(workspace: Workspace, drill_id: uuid.UUID) -> Drill:
    rows = Drill.objects.filter(workspace=workspace, pk=drill_id).select_related("provider", "started_by")
    found = rows.first()
    if found is None:
        raise NoSuchThing("There is no such drill.")
    return found


def _shown(drill: Drill) -> Any:
    return DrillDetail(drill, context={"now": selectors.now()}).data


@of_workspace
class Faults(WorkspaceAPI):
    @extend_schema(operation_id="drills_faults", responses=FaultOut(many=True))
    def get(self, request: Request) -> Response:
        """The faults that a drill can play."""
        self.reading(request)
        return Response(FaultOut([{"name": n, "what": fault.what} for n, fault in FAULTS.items()], many=True).data)


@of_workspace
class Drills(WorkspaceAPI, ListAPIView[Drill]):
    """The drills, the newest first."""

    serializer_class = DrillOut
    pagination_class = ByStart
    queryset = Drill.objects.none()

    def get_queryset(self) -> Any:
        workspace = self.reading(self.request).workspace
        return Drill.objects.filter(workspace=workspace).select_related("provider", "started_by")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": selectors.now()}

    @extend_schema(operation_id="drills_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="drills_start", request=DrillIn, responses={201: DrillDetail})
    def post(self, request: Request) -> Response:
        """Breaks a provider on purpose. Calls of this workspace meet it from two seconds later on. 409 where a drill of
        that provider is under way."""
        workspace, actor = self.changing(request)
        body = body_of(DrillIn, request)
        provider = Provider.objects.filter(workspace=workspace, name=body["provider"]).first()
        if provider is None:
            raise NoSuchThing(f"There is no provider {body['provider']!r}.")
        drill = drill_start(
            workspace=workspace, provider=provider, fault=body["fault"], share=body["share"],
            duration_s=body["duration_s"], actor=actor,
        )  # fmt: skip
        return Response(_shown(drill_report(drill=drill)), status=201)


@of_workspace
class DrillOne(WorkspaceAPI):
    @extend_schema(operation_id="drills_retrieve", responses=DrillDetail)
    def get(self, request: Request, drill_id: uuid.UUID) -> Response:
        """One drill with its report, as of now while it runs."""
        return Response(_shown(drill_report(drill=_drill(self.reading(request).workspace, drill_id))))


@of_workspace
class Stop(WorkspaceAPI):
    @extend_schema(operation_id="drills_stop", request=None, responses=DrillDetail)
    def post(self, request: Request, drill_id: uuid.UUID) -> Response:
        """Ends it now. Stopping it twice changes nothing."""
        workspace, actor = self.changing(request)
        return Response(_shown(drill_stop(drill=_drill(workspace, drill_id), actor=actor)))
