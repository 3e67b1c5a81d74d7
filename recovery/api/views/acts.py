"""What a person may ask of recovery about a task; each is one service, and answers with the task in full."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.models import Role
from recovery.api.base import acting, body_of, of_workspace
from recovery.api.serializers.acts import NoteIn, ReasonIn, StrategyIn
from recovery.api.serializers.state import RecoveryTaskOut
from recovery.api.views.tasks import shown
from recovery.members import accept_task, choose_strategy, give_up_task, retry_task
from recovery.selectors.decisions import task_in
from recovery.selectors.possible import act_on


@of_workspace
class Retry(APIView):
    @extend_schema(operation_id="recovery_tasks_retry", request=NoteIn, responses=RecoveryTaskOut)
    def post(self, request: Request, task_id: uuid.UUID) -> Response:
        """A task that waits goes on at once; its failures so far no longer count. 409 where it does not wait."""
        access, user = acting(request, Role.DEVELOPER)
        note = body_of(NoteIn, request)["note"]
        retry_task(task=act_on(task_in(access.workspace.pk, task_id)), user=user, note=note)
        return Response(shown(task_in(access.workspace.pk, task_id)))


@of_workspace
class Choose(APIView):
    @extend_schema(operation_id="recovery_tasks_strategy", request=StrategyIn, responses=RecoveryTaskOut)
    def post(self, request: Request, task_id: uuid.UUID) -> Response:
        """A task that waits goes on by this strategy. 409 `strategy_refused` with the reason where it is not
        possible."""
        access, user = acting(request, Role.MAINTAINER)
        body = body_of(StrategyIn, request)
        task = act_on(task_in(access.workspace.pk, task_id))
        choose_strategy(task=task, user=user, strategy=body["strategy"], note=body["note"])
        return Response(shown(task_in(access.workspace.pk, task_id)))


@of_workspace
class GiveUp(APIView):
    @extend_schema(operation_id="recovery_tasks_give_up", request=ReasonIn, responses=RecoveryTaskOut)
    def post(self, request: Request, task_id: uuid.UUID) -> Response:
        """A task that waits ends as failed, and what needs it does not run. 409 where it does not wait."""
        access, user = acting(request, Role.MAINTAINER)
        reason = body_of(ReasonIn, request)["reason"]
        give_up_task(task=act_on(task_in(access.workspace.pk, task_id)), user=user, note=reason)
        return Response(shown(task_in(access.workspace.pk, task_id)))


@of_workspace
class Accept(APIView):
    @extend_schema(operation_id="recovery_tasks_accept", request=None, responses=RecoveryTaskOut)
    def post(self, request: Request, task_id: uuid.UUID) -> Response:
        """A degraded, failed or quarantined task is taken as it is. Repeating it changes nothing more; 409 for a task
        in another state."""
        access, user = acting(request, Role.DEVELOPER)
        accept_task(task=task_in(access.workspace.pk, task_id), user=user)
        return Response(shown(task_in(access.workspace.pk, task_id)))
