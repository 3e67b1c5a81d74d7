"""The operators' view of projects and builds: to read, and to cancel. The engine alone writes tasks."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from autodev.accounts.models import User
from autodev.lib.errors import DomainError
from autodev.pages.admin_readonly import ReadOnlyAdmin
from projects.models import Attempt, Build, Incarnation, Project, Step, Task
from projects.services.cancel import cancel_build


@admin.register(Project)
class ProjectAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["name", "workspace", "slug", "created_at"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["name", "slug", "workspace__name"]


@admin.register(Build)
class BuildAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["__str__", "workspace", "state", "phase", "progress", "created_at", "finished_at"]
    list_filter: ClassVar = ["state", "phase", "emergency"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["idea", "project__name", "workspace__name"]
    exclude: ClassVar = ["request_hash"]
    actions: ClassVar = ["cancel"]
    show_full_result_count = False

    @admin.action(description="Cancel", permissions=["view"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Build]) -> None:
        for build in queryset:
            try:
                cancel_build(
                    build=build, user=request.user if isinstance(request.user, User) else None, reason="by an operator"
                )
            except DomainError as error:
                self.message_user(request, f"{build}: {error.message}", messages.WARNING)


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["key", "build", "state", "epoch", "attempts", "lease_owner", "next_run_at", "started_at"]
    list_filter: ClassVar = ["state", "phase"]
    list_select_related: ClassVar = ["build"]
    search_fields: ClassVar = ["key", "title", "id"]
    show_full_result_count = False


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "task",
        "epoch",
        "outcome",
        "error_kind",
        "provider",
        "owner",
        "started_at",
        "finished_at",
    ]
    list_filter: ClassVar = ["outcome"]
    list_select_related: ClassVar = ["task"]
    show_full_result_count = False


@admin.register(Step)
class StepAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["key", "task", "kind", "commit", "epoch", "duration_ms", "created_at"]
    list_filter: ClassVar = ["kind"]
    list_select_related: ClassVar = ["task"]
    show_full_result_count = False


@admin.register(Incarnation)
class IncarnationAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["name", "host", "pid", "slots", "draining", "started_at", "last_seen_at", "stopped_at"]
