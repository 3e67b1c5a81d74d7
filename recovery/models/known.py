"""What recovery has learned: how often a strategy worked, and what worked on the very same failure."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from recovery.states import Strategy


class StrategyRecord(Record):
    """Decayed counts of a strategy on a kind of failure of a kind of task, in one workspace: `good` and `bad` are
    weights as of `updated_at`, each new outcome adds 1 after the old ones lost half their weight in so many days."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="strategy_records")
    failure_kind = models.CharField(max_length=40)
    task_kind = models.CharField(max_length=40)
    strategy = models.CharField(max_length=30, choices=Strategy)
    good = models.FloatField(default=0.0)
    bad = models.FloatField(default=0.0)
    uses = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "failure_kind", "task_kind", "strategy"], name="recovery_strategy_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.strategy} on {self.failure_kind} of {self.task_kind}: {self.good:.1f}/{self.bad:.1f}"


class KnownFix(Record):
    """What a strategy did to one failure, known again by its signature. `params` is what it changed, as far as that
    carries over to another task; `digest` of strategy and params makes it one row. `evidence` is the attempt that
    proved it last."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="known_fixes")
    signature = models.CharField(max_length=64)
    failure_kind = models.CharField(max_length=40)
    task_kind = models.CharField(max_length=40)
    strategy = models.CharField(max_length=30, choices=Strategy)
    params = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    example = models.TextField(blank=True, help_text="The failure's text when it was first seen.")
    uses = models.PositiveIntegerField(default=0)
    successes = models.PositiveIntegerField(default=0)
    evidence = models.ForeignKey(
        "recovery.RecoveryAttempt", null=True, on_delete=models.SET_NULL, related_name="proves"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "known fixes"
        ordering: ClassVar = ["-used_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["workspace", "signature", "task_kind", "digest"], name="recovery_known_fix_once"
            ),
            models.CheckConstraint(
                condition=models.Q(successes__lte=models.F("uses")), name="recovery_known_fix_successes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.strategy} on {self.signature[:12]}: {self.successes} of {self.uses}"

    @property
    def success_rate(self) -> float | None:
        """Between 0 and 1; None where it was never used."""
        return self.successes / self.uses if self.uses else None
