"""What a workspace configured: chains, rules, thresholds; every change as a revision; one row that counts versions."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from providers.states import Strategy


class StateVersion(models.Model):
    """One row (id 1). Every write that other processes must see raises `config` or `health`; they poll it each
    second."""

    config = models.PositiveBigIntegerField(default=1)
    health = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return f"config {self.config}, health {self.health}"


class Chain(Record):
    """Provider names in the order primary, secondary, …; `task_kind` is a kind of job, a task class of seeds 000
    (`simple_tasks`, …) or `default`. An empty `strategy` follows the settings'."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="chains")
    task_kind = models.CharField(max_length=60, default="default")
    strategy = models.CharField(max_length=30, choices=Strategy, blank=True)
    providers = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "task_kind"], name="providers_chain_kind")
        ]

    def __str__(self) -> str:
        return f"{self.task_kind}: {' → '.join(self.providers)}"


class RoutingRule(Record):
    """`when` (task kind, user, project, task class, context size, …) and `then` (prefer, only, avoid), checked by
    `providers.config.schema`; asked in the order of `position`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="routing_rules")
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=100)
    when = models.JSONField(default=dict)
    then = models.JSONField(default=dict)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="providers_rule_name")]

    def __str__(self) -> str:
        return self.name


class RoutingSettings(Record):
    """Thresholds, weights and switches of a workspace, those of seeds 000 by their names; `document` is checked by
    `providers.config.schema`. What is not in it has the default."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="routing_settings")
    document = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "routing settings"

    def __str__(self) -> str:
        return f"routing settings of {self.workspace_id}"


class ConfigRevision(Record):
    """The whole models.yaml of a workspace after a change, as JSON, with who made it and through which door (`page`,
    `api`, `cli`, `admin`, `file`, `defaults`, …). `digest` is that of the file's text where it came from one."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="config_revisions")
    number = models.PositiveIntegerField()
    document = models.JSONField()
    note = models.CharField(max_length=200, blank=True)
    door = models.CharField(max_length=20, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "number"], name="providers_revision_number")
        ]

    def __str__(self) -> str:
        return f"revision {self.number}"
