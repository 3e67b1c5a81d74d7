"""Budgets and prices."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from providers.admin.base import DOOR, ByServices, operator, stands_for
from providers.models import Budget, PriceOverride
from providers.models.money import BudgetScope
from providers.money.months import now, period_of
from providers.services.budgets import budget_remove, budget_set
from providers.services.errors import NotALimit
from providers.services.prices import price_remove, price_set
from providers.subjects import owned


class BudgetForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    subject_id = forms.UUIDField(required=False, help_text="The project or build; empty for the other scopes.")

    class Meta:
        model = Budget
        fields = ("workspace", "scope", "subject_id", "limit_usd", "limit_calls", "warn_at")

    def clean(self) -> dict[str, Any]:
        """A project or build must be the workspace's."""
        data: dict[str, Any] = super().clean() or {}
        scope, workspace = data.get("scope"), data.get("workspace")
        if workspace is None or scope not in {BudgetScope.PROJECT, BudgetScope.BUILD}:
            return data
        if data.get("subject_id") is None or not owned(scope, workspace.pk, data["subject_id"]):
            self.add_error("subject_id", f"There is no such {scope} in this workspace.")
        return data


def is_past(obj: Budget | None) -> bool:
    """Whether it is of a month that is over. The services know only the present one."""
    return obj is not None and obj.scope == BudgetScope.MONTH and obj.period != period_of(now())


@admin.register(Budget)
class BudgetAdmin(ByServices):
    form = BudgetForm
    list_display: ClassVar = [
        "workspace", "scope", "subject_id", "period", "limit_usd", "spent_usd", "reserved_usd", "limit_calls",
        "spent_calls", "updated_at",
    ]  # fmt: skip
    list_filter: ClassVar = ["scope"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["workspace__name", "=subject_id"]
    fields: ClassVar = ["workspace", "scope", "subject_id", "limit_usd", "limit_calls", "warn_at"]
    autocomplete_fields: ClassVar = ["workspace"]
    begins_with = ("workspace", "scope", "subject_id")
    ordering: ClassVar = ["-updated_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_past(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_past(obj) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: Any) -> None:
        row = budget_set(
            workspace=obj.workspace, actor=operator(request), scope=BudgetScope(obj.scope), subject_id=obj.subject_id,
            limit_usd=obj.limit_usd, limit_calls=obj.limit_calls, warn_at=obj.warn_at, door=DOOR,
        )  # fmt: skip
        stands_for(obj, row)

    def delete_model(self, request: HttpRequest, obj: Budget) -> None:
        """Raises NotALimit for a month that is over: with it the present one would go, too."""
        if is_past(obj):
            raise NotALimit(f"The budget of {obj.period} is history. Remove that of this month.")
        budget_remove(
            workspace=obj.workspace, actor=operator(request), scope=BudgetScope(obj.scope), subject_id=obj.subject_id,
            door=DOOR,
        )  # fmt: skip


@admin.register(PriceOverride)
class PriceOverrideAdmin(ByServices):
    """Without a workspace it holds for the whole installation. Another price is another row, from a moment on."""

    list_display: ClassVar = ["model", "workspace", "input_usd", "output_usd", "cached_usd", "effective_from"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["model", "workspace__name"]
    fields: ClassVar = ["workspace", "model", "input_usd", "output_usd", "cached_usd", "effective_from"]
    autocomplete_fields: ClassVar = ["workspace"]

    def save_model(self, request: HttpRequest, obj: PriceOverride, form: Any, change: Any) -> None:
        row = price_set(
            workspace=obj.workspace, actor=operator(request), model=obj.model, input_usd=obj.input_usd,
            output_usd=obj.output_usd, cached_usd=obj.cached_usd, effective_from=obj.effective_from, door=DOOR,
        )  # fmt: skip
        stands_for(obj, row)

    def delete_model(self, request: HttpRequest, obj: PriceOverride) -> None:
        price_remove(workspace=obj.workspace, actor=operator(request), price_id=obj.pk, door=DOOR)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # what was settled by it must stay understandable
        return False
