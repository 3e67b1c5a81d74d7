"""Event: append-only, audit and live updates. Delivery: an external effect, of the same transaction as its cause."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.lib.models import Record


class Event(Record):
    """What happened. `type` is `<subject>.<verb>` (`build.created`, `task.claimed`); `version` is gap-free for each
    build (assigned by the transaction's UPDATE of the build) and null for what belongs to no build."""

    workspace_id = models.UUIDField(null=True, db_index=True)
    project_id = models.UUIDField(null=True)
    build_id = models.UUIDField(null=True)
    task_id = models.UUIDField(null=True)
    version = models.PositiveBigIntegerField(null=True)
    type = models.CharField(max_length=64)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["build_id", "version"], condition=models.Q(build_id__isnull=False), name="events_event_version"
            ),
        ]
        indexes: ClassVar = [
            # a workspace's activity feed, newest first
            models.Index(fields=["workspace_id", "-created_at"], name="events_event_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.build_id or ''} {self.version or ''}".strip()


class DeliveryState(models.TextChoices):
    PENDING = "pending", "Pending"
    SENT = "sent", "Sent"
    DEAD = "dead", "Dead"


class Delivery(Record):
    """An outbox row. `key` is the idempotency key; a dead delivery can be replayed."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=32)
    target = models.TextField()
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            # the sender's queue: what is due
            models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="events_delivery_due"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key} {self.state}"
