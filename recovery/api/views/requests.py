"""Questions to people: read and answered."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.models import Role
from autodev.api.parameters import workspace_of
from recovery.api.base import acting, body_of, of_workspace, query_of
from recovery.api.serializers.acts import AnswerIn
from recovery.api.serializers.decisions import RequestDetail, RequestOut, RequestsQuery
from recovery.models import HumanRequest
from recovery.requests import answer_request
from recovery.selectors.requests import request_of, requests


@of_workspace
class Requests(ListAPIView[HumanRequest]):
    """Questions to people, the newest first."""

    serializer_class = RequestOut
    queryset = HumanRequest.objects.none()

    def get_queryset(self) -> Any:
        workspace = workspace_of(self.request).workspace
        wanted = query_of(RequestsQuery, self.request)
        return requests(workspace.pk, state=wanted.get("state", ""), task_id=wanted.get("task")).defer("evidence")

    @extend_schema(operation_id="recovery_requests_list", parameters=[RequestsQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@of_workspace
class RequestOne(APIView):
    @extend_schema(operation_id="recovery_requests_retrieve", responses=RequestDetail)
    def get(self, request: Request, request_id: uuid.UUID) -> Response:
        """One with everything needed to answer it."""
        return Response(RequestDetail(request_of(workspace_of(request).workspace.pk, request_id)).data)


@of_workspace
class Answer(APIView):
    @extend_schema(operation_id="recovery_requests_answer", request=AnswerIn, responses=RequestDetail)
    def post(self, request: Request, request_id: uuid.UUID) -> Response:
        """Does what the answer says. A question whose time is over can be answered still: its task runs again. 409 for
        an answer that is none of its `options`, and for a question that is closed; 403 for a strategy, or giving up, by
        who is no maintainer."""
        access, user = acting(request, Role.DEVELOPER)
        asked = request_of(access.workspace.pk, request_id)
        body = body_of(AnswerIn, request)
        answer_request(request=asked, user=user, role=access.role, answer=body["answer"], note=body["note"])
        return Response(RequestDetail(request_of(access.workspace.pk, request_id)).data)
