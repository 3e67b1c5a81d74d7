"""A question to a person, with everything needed to answer it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from projects.models import Build, Task
from recovery.states import RequestReason, RequestState


class HumanRequest(Record):
    """`evidence` holds the last failures, what was tried and the log's end, `options` what can be answered. `until` is
    when the task stops waiting; the request can still be answered then, and the answer runs the task again."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="human_requests")
    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="human_requests")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="human_requests")
    epoch = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=16, choices=RequestReason)
    question = models.TextField()
    evidence = models.JSONField(default=dict)
    options = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    until = models.DateTimeField(null=True)
    answer = models.CharField(max_length=30, blank=True)
    note = models.TextField(blank=True, help_text="What the person adds; the next attempt is told.")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "epoch"], name="recovery_request_once"),
            models.CheckConstraint(condition=models.Q(state__in=RequestState.values), name="recovery_request_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace"], condition=models.Q(state="open"), name="recovery_request_open"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} of {self.task_id}: {self.state}"
