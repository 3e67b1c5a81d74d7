"""The operators' view of people, workspaces and keys. Secrets are not shown; rules stay with the services."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from autodev.accounts.models import ApiKey, Invitation, Membership, User, Workspace
from autodev.lib.clock import db_now

# Roles are the workspaces' business; Django's groups are not used.
admin.site.unregister(Group)


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields: ClassVar = ["user"]


@admin.register(User)
class UserAdmin(ModelAdmin):
    list_display: ClassVar = ["email", "name", "is_active", "is_staff", "date_joined", "last_login"]
    list_filter: ClassVar = ["is_active", "is_staff"]
    search_fields: ClassVar = ["email", "name"]
    fields: ClassVar = ["email", "name", "is_active", "is_staff", "is_superuser", "date_joined", "last_login"]
    readonly_fields: ClassVar = ["date_joined", "last_login"]
    ordering: ClassVar = ["email"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # accounts begin with a password, on the sign-up and invitation pages
        return False


@admin.register(Workspace)
class WorkspaceAdmin(ModelAdmin):
    list_display: ClassVar = ["name", "slug", "state", "created_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["name", "slug"]
    readonly_fields: ClassVar = ["state", "created_at"]
    inlines: ClassVar = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    list_display: ClassVar = ["user", "workspace", "role", "created_at"]
    list_filter: ClassVar = ["role"]
    list_select_related: ClassVar = ["user", "workspace"]
    search_fields: ClassVar = ["user__email", "workspace__name"]
    autocomplete_fields: ClassVar = ["user", "workspace"]


@admin.register(Invitation)
class InvitationAdmin(ModelAdmin):
    list_display: ClassVar = ["email", "workspace", "role", "invited_by", "created_at", "expires_at", "accepted_at"]
    list_select_related: ClassVar = ["workspace", "invited_by"]
    search_fields: ClassVar = ["email", "workspace__name"]
    exclude: ClassVar = ["token_hash"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    list_display: ClassVar = [
        "name",
        "prefix",
        "workspace",
        "user",
        "scopes",
        "expires_at",
        "last_used_at",
        "revoked_at",
    ]
    list_select_related: ClassVar = ["workspace", "user"]
    search_fields: ClassVar = ["name", "prefix", "user__email"]
    exclude: ClassVar = ["secret_hmac", "pepper_id"]
    actions: ClassVar = ["revoke"]

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        queryset.filter(revoked_at=None).update(revoked_at=db_now())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
