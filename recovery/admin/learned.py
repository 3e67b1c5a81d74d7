"""What was learned. A fix that misleads can be forgotten: recovery then learns it anew."""

from __future__ import annotations

from typing import ClassVar, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from autodev.accounts.models import User
from autodev.events.services import record
from autodev.pages.admin_readonly import ReadOnlyAdmin
from recovery.models import KnownFix, StrategyRecord


@admin.register(KnownFix)
class KnownFixAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "workspace", "failure_kind", "task_kind", "strategy", "uses", "successes", "rate", "used_at",
    ]  # fmt: skip
    list_filter: ClassVar = ["strategy"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["=signature", "=failure_kind", "example", "workspace__name"]
    raw_id_fields: ClassVar = ["workspace", "evidence"]
    actions: ClassVar = ["forget"]
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description="success rate")
    def rate(self, row: KnownFix) -> str:
        return "–" if row.success_rate is None else f"{row.success_rate:.0%}"

    @admin.action(description="Forget: it is no longer preferred", permissions=["view"])
    def forget(self, request: HttpRequest, queryset: QuerySet[KnownFix]) -> None:
        rows = list(queryset)
        with transaction.atomic():
            for row in rows:
                payload = {"strategy": row.strategy, "signature": row.signature, "uses": row.uses, "door": "admin"}
                record(
                    type="recovery.fix_forgotten", payload=payload, workspace_id=row.workspace_id,
                    actor=cast("User", request.user),
                )  # fmt: skip
                row.delete()
        self.message_user(request, f"{len(rows)} forgotten.", messages.SUCCESS)


@admin.register(StrategyRecord)
class StrategyRecordAdmin(ReadOnlyAdmin):
    list_display: ClassVar = [
        "workspace", "failure_kind", "task_kind", "strategy", "good", "bad", "uses", "updated_at",
    ]  # fmt: skip
    list_filter: ClassVar = ["strategy"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["=failure_kind", "=task_kind", "workspace__name"]
    show_full_result_count = False
    list_per_page = 50
