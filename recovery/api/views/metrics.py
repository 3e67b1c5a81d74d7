"""How well recovery does."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.api.parameters import workspace_of
from recovery.api.base import of_workspace, query_of
from recovery.api.serializers.metrics import MetricsOut, MetricsQuery
from recovery.metrics import metrics_of


@of_workspace
class Metrics(APIView):
    @extend_schema(operation_id="recovery_metrics", parameters=[MetricsQuery], responses=MetricsOut)
    def get(self, request: Request) -> Response:
        """Success rate, time to recovery, attempts, false positives and questions; by strategy and kind of failure."""
        workspace = workspace_of(request).workspace
        hours = query_of(MetricsQuery, request)["hours"]
        return Response(MetricsOut(metrics_of(workspace.pk, over_s=3600.0 * hours)).data)
