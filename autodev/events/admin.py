"""The audit log and the outbox, to read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from autodev.accounts.models import User
from autodev.events.models import Delivery, Event
from autodev.events.sender import delivery_replay
from autodev.lib.errors import DomainError
from autodev.pages.admin_readonly import ReadOnlyAdmin


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["type", "actor_name", "workspace_id", "build_id", "version", "created_at"]
    list_filter: ClassVar = ["type"]
    search_fields: ClassVar = ["type", "actor_name", "build_id", "workspace_id"]
    ordering: ClassVar = ["-created_at"]
    show_full_result_count = False


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What was given up can be put back into the queue."""

    list_display: ClassVar = ["channel", "target", "state", "attempts", "next_at", "sent_at", "created_at"]
    list_filter: ClassVar = ["state", "channel"]
    actions: ClassVar = ["replay"]
    show_full_result_count = False

    @admin.action(description="Replay", permissions=["view"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        for delivery in queryset:
            try:
                delivery_replay(delivery_id=delivery.pk, actor=request.user if isinstance(request.user, User) else None)
            except DomainError as error:
                self.message_user(request, f"{delivery}: {error.message}", messages.WARNING)
