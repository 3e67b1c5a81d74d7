"""The audit log and the outbox, to read."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from autodev.events.models import Delivery, Event
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
    list_display: ClassVar = ["channel", "target", "state", "attempts", "next_at", "sent_at", "created_at"]
    list_filter: ClassVar = ["state", "channel"]
    show_full_result_count = False
