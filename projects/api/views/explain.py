"""Questions about what a build made."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.models import Role
from autodev.api.authentication import actor_of
from projects.api.explain_serializers import ExplainedOut, QuestionIn
from projects.selectors.builds import build_for_user
from projects.selectors.explained import explained_of
from projects.services.explain import explain_ask


class Explanations(APIView):
    @extend_schema(operation_id="builds_explanations", responses=ExplainedOut(many=True))
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """What was asked about the product, newest first, with the answers. Not paged; at most 50."""
        build = build_for_user(actor_of(request), build_id).build
        return Response(ExplainedOut(explained_of(build.pk), many=True).data)

    @extend_schema(operation_id="builds_explain", request=QuestionIn, responses={202: ExplainedOut})
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Asks a question about the product; a worker has a model answer it from the files. 409 for a build that has
        made nothing yet."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = QuestionIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = explain_ask(build=build, question=body.validated_data["question"], user=actor.user)
        return Response(ExplainedOut(asked).data, status=202)
