"""Providers, chains, rules, settings, and their history."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Field, JSONField, QuerySet
from django.http import HttpRequest

from autodev.accounts.models import Workspace
from autodev.pages.admin_readonly import ReadOnlyAdmin
from providers.admin.base import DOOR, ByServices, operator, stands_for
from providers.config.store import provider_part
from providers.models import Chain, ConfigRevision, Provider, RoutingRule, RoutingSettings
from providers.services.chains import chain_remove, chain_save
from providers.services.providers import provider_create, provider_enable, provider_remove, provider_update
from providers.services.rules import rule_remove, rule_save, rules_order
from providers.services.settings import settings_replace
from providers.states import Strategy


class Formed(forms.JSONField):
    """JSON of one kind only, a list or an object; may be empty."""

    def __init__(self, *args: Any, like: type, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "required": False})
        self.like = like

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if found is None:
            return self.like()
        if not isinstance(found, self.like):
            raise forms.ValidationError("Write a list: […]." if self.like is list else "Write an object: {…}.")
        return found


class Configured(ByServices):
    """Its JSON may be empty, and is of the kind that the column begins with."""

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, JSONField) and db_field.default in (list, dict):
            kwargs |= {"form_class": partial(Formed, like=db_field.default)}
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(Provider)
class ProviderAdmin(Configured):
    list_display: ClassVar = ["name", "workspace", "kind", "model", "enabled", "updated_at"]
    list_filter: ClassVar = ["enabled", "kind"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["name", "model", "workspace__name"]
    fields: ClassVar = ["workspace", "name", "kind", "model", "api_base", "keys", "enabled", "document"]
    autocomplete_fields: ClassVar = ["workspace"]
    begins_with = ("workspace", "name")
    actions: ClassVar = ["switch_on", "switch_off"]

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: Any) -> None:
        service = provider_update if change else provider_create
        row = service(
            workspace=obj.workspace, actor=operator(request), name=obj.name, part=provider_part(obj), door=DOOR
        )
        stands_for(obj, row)

    def delete_model(self, request: HttpRequest, obj: Provider) -> None:
        provider_remove(workspace=obj.workspace, actor=operator(request), name=obj.name, door=DOOR)

    @admin.action(description="Switch on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._switch(request, queryset, enabled=True)

    @admin.action(description="Switch off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        self._switch(request, queryset, enabled=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Provider], *, enabled: bool) -> None:
        with transaction.atomic():
            for row in queryset:
                provider_enable(
                    workspace=row.workspace, actor=operator(request), name=row.name, enabled=enabled, door=DOOR
                )


@admin.register(Chain)
class ChainAdmin(Configured):
    list_display: ClassVar = ["task_kind", "workspace", "strategy", "providers", "enabled"]
    list_filter: ClassVar = ["strategy", "enabled"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["task_kind", "workspace__name"]
    fields: ClassVar = ["workspace", "task_kind", "strategy", "providers", "enabled"]
    autocomplete_fields: ClassVar = ["workspace"]
    begins_with = ("workspace", "task_kind")

    def save_model(self, request: HttpRequest, obj: Chain, form: Any, change: Any) -> None:
        row = chain_save(
            workspace=obj.workspace, actor=operator(request), task_kind=obj.task_kind, providers=obj.providers,
            strategy=Strategy(obj.strategy) if obj.strategy else None, enabled=obj.enabled, door=DOOR,
        )  # fmt: skip
        stands_for(obj, row)

    def delete_model(self, request: HttpRequest, obj: Chain) -> None:
        chain_remove(workspace=obj.workspace, actor=operator(request), task_kind=obj.task_kind, door=DOOR)


@admin.register(RoutingRule)
class RoutingRuleAdmin(Configured):
    list_display: ClassVar = ["name", "workspace", "position", "when", "then", "enabled"]
    list_filter: ClassVar = ["enabled"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["name", "workspace__name"]
    fields: ClassVar = ["workspace", "name", "when", "then", "enabled"]
    autocomplete_fields: ClassVar = ["workspace"]
    begins_with = ("workspace", "name")
    actions: ClassVar = ["first"]

    def save_model(self, request: HttpRequest, obj: RoutingRule, form: Any, change: Any) -> None:
        row = rule_save(
            workspace=obj.workspace, actor=operator(request), name=obj.name, when=obj.when, then=obj.then,
            enabled=obj.enabled, door=DOOR,
        )  # fmt: skip
        stands_for(obj, row)

    def delete_model(self, request: HttpRequest, obj: RoutingRule) -> None:
        rule_remove(workspace=obj.workspace, actor=operator(request), name=obj.name, door=DOOR)

    @admin.action(description="Let it speak first", permissions=["change"])
    def first(self, request: HttpRequest, queryset: QuerySet[RoutingRule]) -> None:
        """Several of a workspace stay in the order in which they stood."""
        names: dict[Workspace, list[str]] = {}
        for row in queryset.order_by("position", "pk"):
            names.setdefault(row.workspace, []).append(row.name)
        with transaction.atomic():
            for workspace, first in names.items():
                rules_order(workspace=workspace, actor=operator(request), names=first, door=DOOR)


@admin.register(RoutingSettings)
class RoutingSettingsAdmin(Configured):
    list_display: ClassVar = ["workspace", "document"]
    list_select_related: ClassVar = ["workspace"]
    search_fields: ClassVar = ["workspace__name"]
    fields: ClassVar = ["workspace", "document"]
    readonly_fields: ClassVar = ["workspace"]

    def save_model(self, request: HttpRequest, obj: RoutingSettings, form: Any, change: Any) -> None:
        settings_replace(workspace=obj.workspace, actor=operator(request), stored=obj.document, door=DOOR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        # every workspace has one from the beginning
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ConfigRevision)
class ConfigRevisionAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["number", "workspace", "note", "door", "created_by", "created_at"]
    list_filter: ClassVar = ["door"]
    list_select_related: ClassVar = ["workspace", "created_by"]
    search_fields: ClassVar = ["note", "workspace__name"]
    ordering: ClassVar = ["-created_at"]
    show_full_result_count = False
