"""What a build gives: events, files, differences, zip, evidence, findings."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.api.authentication import actor_of
from projects.api.evidence_serializers import EvidenceOut
from projects.api.serializers import DiffOut, EventsOut, FileOut, FindingOut, TreeOut
from projects.models import Build, Finding
from projects.selectors.artifacts import evidence_file_of
from projects.selectors.builds import build_for_user
from projects.selectors.events import EVENTS_A_PAGE, events_after
from projects.selectors.evidence import SEVERITIES, evidence_of, findings_of
from projects.selectors.files import content_of, diff_of, paths_of, zip_of

COMMIT = OpenApiParameter("commit", str, description="40 hex digits; the build's head without it.")


def _build(request: Request, build_id: uuid.UUID) -> Build:
    return build_for_user(actor_of(request), build_id).build


class _EventsQuery(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="The last version that you have."
    )
    limit = serializers.IntegerField(min_value=1, max_value=EVENTS_A_PAGE, default=EVENTS_A_PAGE)


class Events(APIView):
    @extend_schema(operation_id="builds_events", parameters=[_EventsQuery], responses=EventsOut)
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """The events after a version, oldest first. Versions of a build have no gap; ask again with `after=<next>`."""
        query = _EventsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        build = _build(request, build_id)
        after = query.validated_data["after"]
        rows = events_after(build, after, query.validated_data["limit"])
        last = rows[-1].version if rows else None
        cursor = after if last is None else last
        answer = {"results": rows, "next": cursor, "final": build.is_final and cursor >= build.version}
        return Response(EventsOut(answer).data)


class Files(APIView):
    @extend_schema(operation_id="builds_files", parameters=[COMMIT], responses=TreeOut)
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """The paths at a commit, sorted."""
        build = _build(request, build_id)
        commit = request.query_params.get("commit", "")
        return Response(TreeOut({"commit": commit or build.head, "paths": paths_of(build, commit)}).data)


class FileOne(APIView):
    @extend_schema(operation_id="builds_file", parameters=[COMMIT], responses=FileOut)
    def get(self, request: Request, build_id: uuid.UUID, path: str) -> Response:
        """One file's text."""
        return Response(
            FileOut(content_of(_build(request, build_id), request.query_params.get("commit", ""), path)).data
        )


def _binary(operation_id: str, media: str) -> Callable[..., Any]:
    return extend_schema(operation_id=operation_id, responses={(200, media): OpenApiResponse(OpenApiTypes.BINARY)})


class FileRaw(APIView):
    @extend_schema(parameters=[COMMIT])
    @_binary("builds_file_raw", "application/octet-stream")
    def get(self, request: Request, build_id: uuid.UUID, path: str) -> HttpResponse:
        """One file's bytes, always as a download: generated pages must not run on this site."""
        file = content_of(_build(request, build_id), request.query_params.get("commit", ""), path)
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return HttpResponse(file.content, content_type="application/octet-stream", headers=headers)


class Diff(APIView):
    @extend_schema(
        operation_id="builds_diff",
        parameters=[
            OpenApiParameter("from", str, description="A commit; the one before `to` without it."),
            OpenApiParameter("to", str, description="A commit; the build's head without it."),
        ],
        responses=DiffOut,
    )
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """The unified diff between two commits."""
        build = _build(request, build_id)
        before, after = request.query_params.get("from", ""), request.query_params.get("to", "") or build.head
        found = diff_of(build, before, after)
        answer = {"before": before, "to": after, "diff": found.text, "truncated": not found.complete}
        return Response(DiffOut(answer).data)


class Zip(APIView):
    @_binary("builds_zip", "application/zip")
    def get(self, request: Request, build_id: uuid.UUID) -> HttpResponse:
        """The files at the head as a zip."""
        name, data = zip_of(_build(request, build_id))
        return HttpResponse(
            data, content_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}"'}
        )


class Evidence(APIView):
    @extend_schema(operation_id="builds_evidence", responses=EvidenceOut)
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """Every requirement with its checks and their newest results at the head."""
        return Response(EvidenceOut(evidence_of(_build(request, build_id))).data)


class EvidenceFile(APIView):
    @extend_schema(operation_id="builds_evidence_file", responses={(200, "application/json"): OpenApiTypes.OBJECT})
    def get(self, request: Request, build_id: uuid.UUID) -> HttpResponse:
        """What the gate saw at the head, with definitions and excerpts, as a download."""
        name, data = evidence_file_of(_build(request, build_id))
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(data, content_type="application/json", headers=headers)


@extend_schema(parameters=[OpenApiParameter("severity", str, enum=list(SEVERITIES))])
class Findings(ListAPIView[Finding]):
    """What the checks said about the code, newest first."""

    serializer_class = FindingOut
    queryset = Finding.objects.none()

    def get_queryset(self) -> Any:
        severity = self.request.query_params.get("severity", "")
        if severity and severity not in SEVERITIES:
            raise ValidationError({"severity": f"One of {', '.join(SEVERITIES)}."})
        return findings_of(_build(self.request, self.kwargs["build_id"]), severity=severity)
