"""A drill: a fault put into one provider on purpose, in one workspace, for a while."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record
from providers.models.provider import Provider


class Drill(Record):
    """`fault` names one of `providers.drill.faults`; `share` is which part of the calls meets it. It holds from
    `started_at` to `until` or `stopped_at`. `report` is written at its end."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="drills")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="drills")
    fault = models.CharField(max_length=40)
    share = models.FloatField(default=1.0)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(null=True)

    class Meta:
        ordering: ClassVar = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.fault} at {self.provider_id}"
