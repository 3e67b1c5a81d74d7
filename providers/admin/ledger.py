"""What happened: circuits, calls, decisions, drills."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from autodev.lib.errors import DomainError
from autodev.pages.admin_readonly import ReadOnlyAdmin
from providers.admin.base import DOOR, operator
from providers.models import Breaker, Call, Decision, Drill
from providers.services.checking import provider_reset


@admin.register(Breaker)
class BreakerAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "provider", "key_name", "workspace", "state", "failure_kind", "reason", "until", "ejections", "updated_at",
    ]  # fmt: skip
    list_filter: ClassVar = ["state"]
    list_select_related: ClassVar = ["provider__workspace"]
    search_fields: ClassVar = ["provider__name", "provider__workspace__name"]
    ordering: ClassVar = ["-updated_at"]
    actions: ClassVar = ["reset"]
    show_full_result_count = False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Nobody changes a circuit by form, but who may change one may close it."""
        return operator(request).has_perm("providers.change_breaker")

    @admin.display(ordering="provider__workspace__name")
    def workspace(self, row: Breaker) -> str:
        return str(row.provider.workspace)

    @admin.action(description="Close the circuits of the provider", permissions=["operate"])
    def reset(self, request: HttpRequest, queryset: QuerySet[Breaker]) -> None:
        for provider in {row.provider for row in queryset.select_related("provider__workspace")}:
            try:
                provider_reset(workspace=provider.workspace, name=provider.name, actor=operator(request), door=DOOR)
            except DomainError as error:
                self.message_user(request, f"{provider.name}: {error.message}", messages.WARNING)


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "started_at", "workspace", "provider_name", "model", "purpose", "task_kind", "state", "outcome", "failure_kind",
        "http_status", "first_token_ms", "total_ms", "cost_usd", "injected",
    ]  # fmt: skip
    list_filter: ClassVar = ["state", "outcome", "purpose", "emergency", "cache_hit", "injected"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["=provider_name", "=failure_kind", "=request_id", "=build_id", "workspace__name"]
    raw_id_fields: ClassVar = ["decision", "provider"]
    ordering: ClassVar = ["-started_at"]
    show_full_result_count = False
    list_per_page = 50


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "created_at", "workspace", "task_kind", "strategy", "chosen", "previous", "trigger", "reason",
    ]  # fmt: skip
    list_filter: ClassVar = ["strategy"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["=task_kind", "=chosen", "=previous", "=trigger", "=build_id", "workspace__name"]
    ordering: ClassVar = ["-created_at"]
    show_full_result_count = False
    list_per_page = 50


@admin.register(Drill)
class DrillAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "provider", "workspace", "fault", "share", "started_by", "started_at", "until", "stopped_at",
    ]  # fmt: skip
    list_filter: ClassVar = ["fault"]
    list_select_related: ClassVar = ["workspace", "provider", "started_by"]
    search_fields: ClassVar = ["provider__name", "workspace__name"]
    show_full_result_count = False
