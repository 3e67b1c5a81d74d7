"""The circuit breaker of one provider (or of one of its keys), shared by all workers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from autodev.lib.models import Record
from providers.models.provider import Provider
from providers.states import BreakerState


class Breaker(Record):
    """`key_name` empty is the provider's own; else that key's. `until`: before it nothing is sent; it is only ever
    moved later. `ejections` counts the openings in a row, for the growing wait. `probe_owner` and `probe_until` reserve
    the single half-open probe; `good` counts good probes. `health` is the compact state of the windows (last 10 calls,
    five-minute counts by kind, EWMA), as `providers.health` reads it. Every update is a compare-and-swap on
    `version`."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="breakers")
    key_name = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=10, choices=BreakerState, default=BreakerState.CLOSED)
    version = models.PositiveBigIntegerField(default=1)
    opened_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    ejections = models.PositiveIntegerField(default=0)
    failure_kind = models.CharField(max_length=30, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    probe_owner = models.CharField(max_length=64, blank=True)
    probe_until = models.DateTimeField(null=True, blank=True)
    good = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    health = models.JSONField(default=dict)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "key_name"], name="providers_breaker_of"),
            models.CheckConstraint(condition=models.Q(state__in=BreakerState.values), name="providers_breaker_state"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}{'/' + self.key_name if self.key_name else ''}: {self.state}"
