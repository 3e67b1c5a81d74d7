"""Decisions, questions, and who sweeps."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from autodev.pages.admin_readonly import ReadOnlyAdmin
from recovery.models import HumanRequest, RecoveryAttempt, SweepLease


@admin.register(RecoveryAttempt)
class RecoveryAttemptAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "created_at", "workspace", "task", "failure_kind", "strategy", "source", "confidence", "state", "outcome",
    ]  # fmt: skip
    list_filter: ClassVar = ["state", "strategy", "source", "origin"]
    list_select_related: ClassVar = ["workspace", "task"]
    search_fields: ClassVar = ["=failure_kind", "=signature", "=task__id", "=build__id", "workspace__name"]
    raw_id_fields: ClassVar = ["workspace", "build", "task", "actor"]
    ordering: ClassVar = ["-created_at"]
    show_full_result_count = False
    list_per_page = 50


@admin.register(HumanRequest)
class HumanRequestAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["created_at", "workspace", "task", "reason", "state", "until", "answer", "answered_by"]
    list_filter: ClassVar = ["state", "reason"]
    list_select_related: ClassVar = ["workspace", "task", "answered_by"]
    search_fields: ClassVar = ["question", "=task__id", "=build__id", "workspace__name"]
    raw_id_fields: ClassVar = ["workspace", "build", "task", "answered_by"]
    ordering: ClassVar = ["-created_at"]
    show_full_result_count = False
    list_per_page = 50


@admin.register(SweepLease)
class SweepLeaseAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["name", "holder", "term", "expires_at"]
    show_full_result_count = False
