"""Dead letters: read and replayed."""

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
from projects.models import Task
from recovery.api.base import acting, body_of, of_workspace, query_of
from recovery.api.serializers.acts import DeadLetterReplayIn
from recovery.api.serializers.state import DeadLetterDetail, DeadLetterOut, DeadLettersQuery, RecoveryTaskOut
from recovery.api.views.tasks import shown
from recovery.members import replay_task
from recovery.selectors.dead import dead_letter, dead_tasks, with_attempts
from recovery.selectors.decisions import task_in


@of_workspace
class DeadLetters(ListAPIView[Task]):
    """Quarantined and failed tasks that nobody accepted, the newest first."""

    serializer_class = DeadLetterOut
    queryset = Task.objects.none()

    def get_queryset(self) -> Any:
        workspace = workspace_of(self.request).workspace
        return dead_tasks(workspace.pk, state=query_of(DeadLettersQuery, self.request).get("state", ""))

    def paginate_queryset(self, queryset: Any) -> Any:
        return with_attempts(super().paginate_queryset(queryset) or ())

    @extend_schema(operation_id="recovery_dead_letters_list", parameters=[DeadLettersQuery])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


@of_workspace
class DeadLetterOne(APIView):
    @extend_schema(operation_id="recovery_dead_letters_retrieve", responses=DeadLetterDetail)
    def get(self, request: Request, task_id: uuid.UUID) -> Response:
        """One with its input and the end of its output."""
        return Response(DeadLetterDetail(dead_letter(workspace_of(request).workspace.pk, task_id)).data)


@of_workspace
class Replay(APIView):
    @extend_schema(operation_id="recovery_dead_letters_replay", request=DeadLetterReplayIn, responses=RecoveryTaskOut)
    def post(self, request: Request, task_id: uuid.UUID) -> Response:
        """Runs it again with its counters at zero, and the build with it where that had ended. 409 for a cancelled
        build."""
        access, user = acting(request, Role.MAINTAINER)
        letter = dead_letter(access.workspace.pk, task_id)
        body = body_of(DeadLetterReplayIn, request)
        edited = body.get("params")
        params = None if edited is None else {**letter.guidance, **edited}
        replay_task(task=letter.task, user=user, params=params, reason=body["reason"])
        return Response(shown(task_in(access.workspace.pk, task_id)))
