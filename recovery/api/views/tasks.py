"""A task with its timeline, and what a person may do about it."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.api.parameters import workspace_of
from projects.models import Task
from projects.waits import wait_of
from recovery.api.base import of_workspace
from recovery.api.serializers.state import RecoveryTaskOut, StrategyOut
from recovery.selectors.decisions import task_in
from recovery.selectors.possible import choices_of
from recovery.selectors.timeline import timeline_of


def shown(task: Task) -> Any:
    """The task in full, as the API shows it."""
    found = {"task": task, "wait": wait_of(task), "turns": timeline_of(task)}
    return RecoveryTaskOut(found).data


@of_workspace
class Strategies(APIView):
    @extend_schema(operation_id="recovery_tasks_strategies", responses=StrategyOut(many=True))
    def get(self, request: Request, task_id: uuid.UUID) -> Response:
        """The six strategies: how each would be used for the task now, or why it is not possible. Empty where there is
        nothing to decide."""
        task = task_in(workspace_of(request).workspace.pk, task_id)
        return Response(StrategyOut(choices_of(task), many=True).data)


@of_workspace
class TaskOne(APIView):
    @extend_schema(operation_id="recovery_tasks_retrieve", responses=RecoveryTaskOut)
    def get(self, request: Request, task_id: uuid.UUID) -> Response:
        """A task with its timeline, and why it waits."""
        return Response(shown(task_in(workspace_of(request).workspace.pk, task_id)))
