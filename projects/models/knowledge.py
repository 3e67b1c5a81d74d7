"""What fixed a finding before: changes of models and people that a later build may try first."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from projects.models.build import Build


class LearnedFix(Record):
    """A change that made a finding go away, known again by the finding's `signature` (rung, rule and normalised
    message). `edits` is a list of {path, before, after}: `before` is the text that must stand in the file once.
    `digest` makes the same change one row. `uses` counts how often it was tried, `successes` how often it was kept
    because the ladder got better. Two failures in a row switch it off."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="learned_fixes")
    signature = models.CharField(max_length=64)
    check_key = models.CharField(max_length=80)
    rule = models.CharField(max_length=120, blank=True)
    blueprint = models.CharField(max_length=80, blank=True)
    example = models.TextField(help_text="The finding's text when it was first fixed.")
    edits = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    provider = models.CharField(max_length=80, blank=True, help_text="Who made the change.")
    evidence = models.ForeignKey(Build, null=True, on_delete=models.SET_NULL, related_name="+")
    uses = models.PositiveIntegerField(default=0)
    successes = models.PositiveIntegerField(default=0)
    failures_in_a_row = models.PositiveSmallIntegerField(default=0)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "learned fixes"
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "signature", "digest"], name="projects_learned_fix_once"),
            models.CheckConstraint(
                condition=models.Q(successes__lte=models.F("uses")), name="projects_learned_fix_successes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_key} {self.rule}: {self.successes} of {self.uses}"

    @property
    def success_rate(self) -> float | None:
        """Between 0 and 1; None where it was never tried again."""
        return self.successes / self.uses if self.uses else None
