"""Project: a repository over time. Build: one run from an idea (or a change) to a verified result."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from projects.states import BUILD_FINAL, BuildState, Phase


class BuildOrigin(models.TextChoices):
    """What a build begins with."""

    IDEA = "idea", "An idea"
    CHANGE = "change", "A change in words"
    IMPORT = "import", "An imported repository"


class Project(Record):
    """`head` moves when a first build is delivered, and when a person merges a change; nothing else moves it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="projects")
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60)
    head = models.CharField(max_length=40, blank=True, help_text="The commit of its main line.")
    imported_from = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "slug"], name="projects_project_slug")]

    def __str__(self) -> str:
        return self.name


class Build(Record):
    """`version` counts its events without a gap. `head` is the commit that its tasks have merged so far, `last_green`
    the newest commit that the ladder passed. `workspace` is the project's, repeated for the claim's round robin and
    the unique idempotency key; `save` fills it. `spec` is the Spec as JSON, `plan` what the plan chose and why,
    `tech_stack` name → version, `metrics` what was measured, `degraded` a list of sentences that say what was not
    met. A change has its `parent`, the build whose product it changes, and is a branch until a person merges or
    discards it; `base` is the commit that it started from."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="builds")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="builds", editable=False)
    number = models.PositiveIntegerField()
    idea = models.TextField()
    origin = models.CharField(max_length=6, choices=BuildOrigin, default=BuildOrigin.IDEA)
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="changes")
    base = models.CharField(max_length=40, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    merged_commit = models.CharField(max_length=40, blank=True)
    discarded_at = models.DateTimeField(null=True, blank=True)
    constraints = models.JSONField(default=dict)
    preferences = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=BuildState, default=BuildState.QUEUED)
    phase = models.CharField(max_length=10, choices=Phase, default=Phase.UNDERSTAND)
    progress = models.PositiveSmallIntegerField(default=0, help_text="Per cent, 0 to 100; never falls.")
    current_task = models.CharField(max_length=200, blank=True)
    version = models.PositiveBigIntegerField(default=0)
    spec = models.JSONField(null=True)
    plan = models.JSONField(default=dict)
    tech_stack = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    degraded = models.JSONField(default=list)
    head = models.CharField(max_length=40, blank=True)
    last_green = models.CharField(max_length=40, blank=True)
    sandbox_level = models.CharField(max_length=10, blank=True, help_text="The weakest level a run of this build had.")
    emergency = models.BooleanField(default=False, help_text="Made by the blueprint engine, without a model.")
    budget_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    deadline_at = models.DateTimeField(null=True, blank=True)
    priority = models.SmallIntegerField(default=0, help_text="Lower runs first.")
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=200, null=True, blank=True)
    request_hash = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "number"], name="projects_build_number"),
            models.UniqueConstraint(fields=["workspace", "idempotency_key"], name="projects_build_idempotency"),
            models.CheckConstraint(condition=models.Q(state__in=BuildState.values), name="projects_build_state"),
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="projects_build_progress"),
        ]
        indexes: ClassVar = [
            # the sweep: deadlines and builds with nothing left to run
            models.Index(
                fields=["deadline_at"],
                condition=models.Q(state__in=["queued", "running", "paused"]),
                name="projects_build_live",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} #{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.workspace_id = self.project.workspace_id
        super().save(*args, **kwargs)

    @property
    def is_final(self) -> bool:
        return self.state in BUILD_FINAL

    @property
    def success(self) -> bool:
        """True only for a green build: a degraded one is never a success."""
        return self.state == BuildState.SUCCEEDED
