"""The ledger: one row an attempt, and the decision that led to it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from providers.models.provider import Provider
from providers.states import CallOutcome, CallPurpose, CallState


class Decision(Record):
    """Who was chosen, and why not the others. `candidates` is the order with, for each: name, place, score and its four
    factors, gates that it passed or not, the reason in words. `previous` is set where it is a switch. `inputs` is what
    the choice was made from (need, health, breakers, hysteresis), so that another strategy can be replayed on it."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="decisions")
    task_kind = models.CharField(max_length=60)
    strategy = models.CharField(max_length=30)
    chosen = models.CharField(max_length=60, blank=True)
    previous = models.CharField(max_length=60, blank=True)
    trigger = models.CharField(max_length=40, blank=True, help_text="immediate, threshold, preventive, restored, …")
    reason = models.CharField(max_length=300, blank=True)
    candidates = models.JSONField(default=list)
    inputs = models.JSONField(default=dict)
    project_id = models.UUIDField(null=True, blank=True)
    build_id = models.UUIDField(null=True, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-created_at"], name="providers_decision_recent"),
            models.Index(fields=["build_id"], name="providers_decision_build"),
        ]

    def __str__(self) -> str:
        return f"{self.task_kind} → {self.chosen}"


class SpentBefore(Record):
    """What calls cost that are no longer kept: one row for each time that some of a build's, a project's or a
    workspace's were forgotten, so that a total stays what it was."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    project_id = models.UUIDField(null=True, blank=True)
    build_id = models.UUIDField(null=True, blank=True)
    calls = models.PositiveIntegerField()
    cost_usd = models.DecimalField(max_digits=16, decimal_places=8)
    forgotten_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "spent before"
        indexes: ClassVar = [models.Index(fields=["workspace", "build_id"], name="providers_spent_before")]

    def __str__(self) -> str:
        return f"{self.calls} calls, {self.cost_usd} USD"


class Call(Record):
    """One attempt. Times in milliseconds, money in US dollars. `reserved_usd` counts until it is settled. `attempt`
    counts within the request from 1; `request_id` joins the attempts of one request. `emergency` calls are the
    blueprint's; `cache_hit` ones cost nothing."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="calls")
    provider = models.ForeignKey(Provider, null=True, on_delete=models.SET_NULL, related_name="calls")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.SET_NULL, related_name="calls")
    request_id = models.UUIDField(db_index=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    purpose = models.CharField(max_length=10, choices=CallPurpose, default=CallPurpose.JOB)
    task_kind = models.CharField(max_length=60, blank=True)
    prompt = models.CharField(max_length=60, blank=True, help_text="The prompt and its version, as `repair@2`.")
    provider_name = models.CharField(max_length=60)
    model = models.CharField(max_length=200, blank=True)
    key_name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=CallState, default=CallState.RESERVED)
    outcome = models.CharField(max_length=10, choices=CallOutcome, blank=True)
    failure_kind = models.CharField(max_length=30, blank=True)
    failure_text = models.CharField(max_length=500, blank=True)
    failure_reason = models.CharField(max_length=100, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    retry_after_s = models.FloatField(null=True, blank=True)
    input_tokens = models.PositiveIntegerField(default=0)
    output_tokens = models.PositiveIntegerField(default=0)
    cached_tokens = models.PositiveIntegerField(default=0)
    budgets = models.JSONField(default=list, help_text="Ids of the budgets in which it was reserved, in their order.")
    reserved_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    cost_usd = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    first_token_ms = models.PositiveIntegerField(null=True, blank=True)
    total_ms = models.PositiveIntegerField(null=True, blank=True)
    emergency = models.BooleanField(default=False)
    cache_hit = models.BooleanField(default=False)
    injected = models.BooleanField(default=False, help_text="A drill made it fail.")
    work_passed = models.BooleanField(null=True, help_text="Whether the work that it led to passed its checks.")
    project_id = models.UUIDField(null=True, blank=True)
    build_id = models.UUIDField(null=True, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    owner = models.CharField(max_length=64, blank=True, help_text="The process that made it.")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(state__in=CallState.values), name="providers_call_state")
        ]
        indexes: ClassVar = [
            models.Index(fields=["workspace", "-started_at"], name="providers_call_recent"),
            models.Index(fields=["provider", "-started_at"], name="providers_call_provider"),
            models.Index(fields=["build_id"], name="providers_call_build"),
            models.Index(fields=["task_id"], name="providers_call_task"),
            models.Index(fields=["workspace", "prompt"], condition=~models.Q(prompt=""), name="providers_call_prompt"),
            models.Index(
                fields=["started_at"], condition=models.Q(state=CallState.RESERVED), name="providers_call_open"
            ),
            models.Index(
                fields=["started_at"], condition=models.Q(purpose=CallPurpose.PROBE), name="providers_call_probes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_name} {self.outcome or self.state}"
