"""SpecRevision: the Spec of a build as it was, each time that it changed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.lib.models import Record
from projects.models.build import Build


class Origin(models.TextChoices):
    ANALYSIS = "analysis", "Read from the idea"
    EDIT = "edit", "Edited"
    RESTORE = "restore", "Restored"


class SpecRevision(Record):
    """`number` counts from 1 without a gap; the newest one is the build's Spec. `changes` are lines that say what
    differs from the one before. `restored` is the number that was brought back. `approved_at` is when a person said
    that it may be built. `evidence` is what had been proved of it when its checks were frozen anew: the gate's
    document."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="spec_revisions")
    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=8, choices=Origin)
    spec = models.JSONField()
    changes = models.JSONField(default=list)
    restored = models.PositiveIntegerField(null=True, blank=True)
    evidence = models.JSONField(null=True, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["build", "number"], name="projects_spec_revision_number"),
        ]

    def __str__(self) -> str:
        return f"{self.build_id} Spec {self.number}"

    @property
    def told(self) -> str:
        """How it came about, in words."""
        words = str(self.get_origin_display())
        if self.restored:
            words += f" from {self.restored}"
        if self.approved_at:
            words += f", approved by {self.approved_by or 'somebody'}"
        return words
