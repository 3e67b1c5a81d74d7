"""The operators' view of people, workspaces and keys. Secrets are not shown; rules stay with the services."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from autodev.accounts.access import Access
from autodev.accounts.models import ApiKey, Invitation, Membership, Role, User, Workspace
from autodev.accounts.services.api_keys import api_key_revoke
from autodev.accounts.services.invitations import invitation_revoke
from autodev.accounts.services.members import member_remove, member_role_change
from autodev.accounts.services.workspaces import workspace_rename

# Roles are the workspaces' business; Django's groups are not used.
admin.site.unregister(Group)


def _as_owner(workspace: Workspace) -> Access:
    """Operators reach every workspace; the services still keep its rules and write who did it."""
    return Access(workspace=workspace, role=Role.OWNER)


def _operator(request: HttpRequest) -> User:
    return cast("User", request.user)


class ByServices(ModelAdmin):
    """Deletes each chosen row as its own page does. What a service refuses is an error page, and nothing is changed."""

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)


class MembershipInline(TabularInline):
    """To read; a membership's own page changes it."""

    model = Membership
    extra = 0
    fields: ClassVar = ["user", "role", "created_at"]
    readonly_fields: ClassVar = ["user", "role", "created_at"]
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # it would take memberships and what they did along; closing an account is `is_active`
        return False


@admin.register(Workspace)
class WorkspaceAdmin(ModelAdmin):
    list_display: ClassVar = ["name", "slug", "state", "created_at"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["name", "slug"]
    readonly_fields: ClassVar = ["slug", "state", "created_at"]
    inlines: ClassVar = [MembershipInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # a workspace begins with an owner, on its own page
        return False

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: Any) -> None:
        """A new name; the rest is not for editing."""
        stored = Workspace.objects.get(pk=obj.pk)
        workspace_rename(workspace=stored, name=obj.name, actor=_operator(request))


@admin.register(Membership)
class MembershipAdmin(ByServices):
    list_display: ClassVar = ["user", "workspace", "role", "created_at"]
    list_filter: ClassVar = ["role"]
    list_select_related: ClassVar = ["user", "workspace"]
    search_fields: ClassVar = ["user__email", "workspace__name"]
    readonly_fields: ClassVar = ["user", "workspace", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # members come by invitation
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: Any) -> None:
        access, actor = _as_owner(obj.workspace), _operator(request)
        member_role_change(access=access, member_id=obj.pk, role=Role(obj.role), actor=actor)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        member_remove(access=_as_owner(obj.workspace), member_id=obj.pk, actor=_operator(request))


@admin.register(Invitation)
class InvitationAdmin(ByServices):
    list_display: ClassVar = ["email", "workspace", "role", "invited_by", "created_at", "expires_at", "accepted_at"]
    list_select_related: ClassVar = ["workspace", "invited_by"]
    search_fields: ClassVar = ["email", "workspace__name"]
    exclude: ClassVar = ["token_hash"]

    def delete_model(self, request: HttpRequest, obj: Invitation) -> None:
        """Raises NotFound for an accepted one, which is history."""
        invitation_revoke(access=_as_owner(obj.workspace), invitation_id=obj.pk, actor=_operator(request))

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

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            api_key_revoke(access=_as_owner(key.workspace), key_id=key.pk, user=_operator(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # a key that was used is history; revoking ends it
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
