"""One decision about one failed attempt of a task."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from projects.models import Build, Task
from recovery.states import Origin, RecoveryState, Source, Strategy


class RecoveryAttempt(Record):
    """Unique for a task and the epoch that failed, so that two deciders cannot both act. `inputs` is the situation as
    it was read, `alternatives` the options that were not taken and why, `params` what the strategy changed. `rung` is
    the place in the fallback hierarchy of 004, 1 to 5. `confidence` lies between 0 and 1. `percent` is what a fallback
    completes (80 or 60). `was_recovered_at` stays when a recovered task fails again."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="recovery_attempts")
    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="recovery_attempts")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="recovery_attempts")
    epoch = models.PositiveBigIntegerField(help_text="The epoch that failed.")
    number = models.PositiveSmallIntegerField(help_text="The how-manieth decision about this task, from 1.")
    origin = models.CharField(max_length=10, choices=Origin)
    strategy = models.CharField(max_length=30, choices=Strategy)
    source = models.CharField(max_length=10, choices=Source)
    state = models.CharField(max_length=10, choices=RecoveryState, default=RecoveryState.PLANNED)
    rung = models.PositiveSmallIntegerField(default=1)
    confidence = models.FloatField()
    reasons = models.JSONField(default=list)
    alternatives = models.JSONField(default=list)
    inputs = models.JSONField(default=dict)
    params = models.JSONField(default=dict)
    failure_kind = models.CharField(max_length=40)
    signature = models.CharField(max_length=64, blank=True)
    task_kind = models.CharField(max_length=40)
    message = models.TextField(blank=True)
    provider = models.CharField(max_length=80, blank=True)
    percent = models.PositiveSmallIntegerField(null=True)
    delay_s = models.FloatField(default=0.0)
    outcome = models.CharField(max_length=300, blank=True, help_text="What came of it, in words.")
    learned = models.BooleanField(null=True, help_text="What was counted of it: that it helped, or did not.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    failed_at = models.DateTimeField(help_text="When the attempt failed, or its worker was lost.")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    was_recovered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "epoch"], name="recovery_attempt_once"),
            models.CheckConstraint(condition=models.Q(state__in=RecoveryState.values), name="recovery_attempt_state"),
            models.CheckConstraint(
                condition=models.Q(confidence__gte=0.0, confidence__lte=1.0), name="recovery_attempt_confidence"
            ),
        ]
        indexes: ClassVar = [
            # the tick: what was applied and has no outcome yet
            models.Index(
                fields=["task"], condition=models.Q(state__in=["planned", "applied"]), name="recovery_attempt_open"
            ),
            # the metrics and the workspace's timeline
            models.Index(fields=["workspace", "created_at"], name="recovery_attempt_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.strategy} for {self.task_id}/{self.epoch}: {self.state}"
