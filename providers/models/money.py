"""Budgets, prices that differ from the table, and answers that need not be paid twice."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record


class BudgetScope(models.TextChoices):
    WORKSPACE = "workspace"
    MONTH = "month", "Workspace, a calendar month"
    PROJECT = "project"
    BUILD = "build"


class Budget(Record):
    """What may be spent. A reservation is one compare-and-swap UPDATE of `reserved_usd` (and `reserved_calls`) that
    matches only while `spent + reserved + wanted ≤ limit`; settling moves it to `spent`. `period` is `2026-11` for
    MONTH, else empty; `subject_id` is the project's or build's id, the workspace's for the others."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="budgets")
    scope = models.CharField(max_length=10, choices=BudgetScope)
    subject_id = models.UUIDField()
    period = models.CharField(max_length=7, blank=True)
    limit_usd = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    limit_calls = models.PositiveIntegerField(null=True, blank=True)
    spent_usd = models.DecimalField(max_digits=16, decimal_places=8, default=0)
    spent_calls = models.PositiveIntegerField(default=0)
    reserved_usd = models.DecimalField(max_digits=16, decimal_places=8, default=0)
    reserved_calls = models.PositiveIntegerField(default=0)
    warn_at = models.FloatField(default=0.8, help_text="Share from which cheaper providers are preferred.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["scope", "subject_id", "period"], name="providers_budget_of")
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.subject_id} {self.period}"


class PriceOverride(Record):
    """A price from `effective_from` on, in US dollars per million tokens; `model` as litellm names it."""

    workspace = models.ForeignKey(Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="prices")
    model = models.CharField(max_length=200)
    input_usd = models.DecimalField(max_digits=12, decimal_places=6)
    output_usd = models.DecimalField(max_digits=12, decimal_places=6)
    cached_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    effective_from = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["model", "-effective_from"]

    def __str__(self) -> str:
        return f"{self.model} from {self.effective_from:%Y-%m-%d}"


class CachedAnswer(Record):
    """A whole answer of a model to exactly this request; never an emergency one, never a partial one."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    request_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    hits = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "request_hash"], name="providers_cached_request")
        ]

    def __str__(self) -> str:
        return self.request_hash[:12]
