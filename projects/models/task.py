"""Task: one node of a build's DAG and the unit the engine claims. Attempt: one claim of it. Step: its journal."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from projects.models.build import Build
from projects.states import ROLLED_BACK, TASK_FINAL, Phase, TaskState


class Task(Record):
    """`kind` names the pipeline function; `params` its input; `result` what it gave. `epoch` is the fencing token: it
    rises at claim and at revocation and stands in every write. `attempts`, `crashes` and `waits` are the budgets of
    DESIGN §3.6."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="tasks")
    key = models.CharField(max_length=80, help_text="Unique in the build: `implement`, `validate`, …")
    kind = models.CharField(max_length=40)
    phase = models.CharField(max_length=10, choices=Phase)
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=TaskState, default=TaskState.PENDING)
    epoch = models.PositiveBigIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    progress_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    crashes = models.PositiveSmallIntegerField(default=0)
    waits = models.PositiveSmallIntegerField(default=0)
    next_run_at = models.DateTimeField(null=True, blank=True)
    wait_reason = models.CharField(max_length=200, blank=True)
    last_error = models.TextField(blank=True)
    error_kind = models.CharField(max_length=40, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    priority = models.SmallIntegerField(default=0)
    estimate_s = models.PositiveIntegerField(default=0)
    milestone = models.CharField(max_length=80, blank=True)
    critical = models.BooleanField(default=True)
    base = models.CharField(max_length=40, blank=True, help_text="The commit this task started from.")
    head = models.CharField(max_length=40, blank=True, help_text="Its newest snapshot.")
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="parts", help_text="The task it is a part of."
    )
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    accepted_at = models.DateTimeField(null=True, help_text="When a member took a degraded or failed end as it is.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["build", "key"], name="projects_task_key"),
            models.CheckConstraint(condition=models.Q(state__in=TaskState.values), name="projects_task_state"),
        ]
        indexes: ClassVar = [
            # the claim: by build what is ready, best first; it holds all that the choice of the build reads
            models.Index(
                fields=["build", "priority", "id", "next_run_at"],
                condition=models.Q(state="ready"),
                name="projects_task_claim",
            ),
            # the sweep: leases that ran out
            models.Index(fields=["lease_expires_at"], condition=models.Q(state="running"), name="projects_task_leases"),
            # the sweep: waits that are over
            models.Index(fields=["next_run_at"], condition=models.Q(state="waiting"), name="projects_task_waits"),
            # recovery: what ended with less than was asked for, and nobody has accepted
            models.Index(
                fields=["build"],
                condition=models.Q(accepted_at=None, state__in=["degraded", "quarantined", "failed"]),
                name="projects_task_left",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"

    @property
    def is_final(self) -> bool:
        return self.state in TASK_FINAL


class Dependency(Record):
    """`task` runs after `needs` is done."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="needs")
    needs = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="dependents")

    class Meta:
        verbose_name_plural = "dependencies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "needs"], name="projects_dependency_once"),
            models.CheckConstraint(condition=~models.Q(task=models.F("needs")), name="projects_dependency_self"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} needs {self.needs_id}"


class AttemptOutcome(models.TextChoices):
    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    LOST = "lost", "Worker lost"
    RELEASED = "released", "Released by a shutdown"
    WAITING = "waiting", "Waits for a provider"
    CANCELLED = "cancelled", "Cancelled"


class Attempt(Record):
    """One claim of a task, append-only: one row an epoch at which it ran. `retry_at` is when a provider or registry
    said that it will serve again; `details` what else the failure says (providers asked, the findings it left)."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attempt_rows")
    epoch = models.PositiveBigIntegerField()
    owner = models.CharField(max_length=120)
    outcome = models.CharField(max_length=10, choices=AttemptOutcome, default=AttemptOutcome.RUNNING)
    error_kind = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    provider = models.CharField(max_length=80, blank=True)
    retry_at = models.DateTimeField(null=True)
    details = models.JSONField(default=dict)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["epoch"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "epoch"], name="projects_attempt_epoch")]

    def __str__(self) -> str:
        return f"{self.task_id}/{self.epoch} {self.outcome}"

    def get_outcome_display(self) -> str:  # type: ignore[no-redef] # Django keeps a method that is there
        """The choice's label; of a wait what it is for, where the task said so."""
        on = self.details.get("on") if self.outcome == AttemptOutcome.WAITING else ""
        return f"Waits for {on}" if on else str(AttemptOutcome(self.outcome).label)


class Step(Record):
    """A journal entry: what was done once and is replayed, not repeated. `commit` where the step left a snapshot."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=24, default="call")
    title = models.CharField(max_length=200, blank=True)
    output = models.JSONField(null=True)
    commit = models.CharField(max_length=40, blank=True)
    epoch = models.PositiveBigIntegerField()
    duration_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["task", "key"], name="projects_step_key")]

    def __str__(self) -> str:
        return f"{self.task_id} {self.key}"

    @property
    def undone(self) -> bool:
        """Whether a rollback, a replay or an edit of the Spec has taken it back."""
        return self.key.startswith(f"{ROLLED_BACK}:")


class Incarnation(Record):
    """A worker process. It holds a flock on a file named after `name` as long as it lives, so that the same host sees
    at once that it is gone; other hosts wait for its leases to run out."""

    name = models.CharField(max_length=120, unique=True)
    host = models.CharField(max_length=80)
    pid = models.PositiveIntegerField()
    slots = models.PositiveSmallIntegerField()
    draining = models.BooleanField(default=False)
    started_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Turn(models.Model):
    """When a workspace was last served. The claim takes the workspace that waits longest, so that one workspace's
    thousand tasks do not starve another's one."""

    workspace = models.OneToOneField(Workspace, primary_key=True, on_delete=models.CASCADE, related_name="+")
    served_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.workspace_id} at {self.served_at}"
