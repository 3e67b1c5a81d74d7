"""Workspaces and who belongs to them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from autodev.lib.models import Record


class WorkspaceState(models.TextChoices):
    """Derived from the facts of the workspace's tasks (seeds 004); never set by hand."""

    ACTIVE = "active", "Active"
    AUTO_RECOVERING = "auto_recovering", "Recovering"
    DEGRADED_MODE = "degraded_mode", "Degraded"


class Workspace(Record):
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    state = models.CharField(max_length=20, choices=WorkspaceState, default=WorkspaceState.ACTIVE, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=WorkspaceState.values), name="accounts_workspace_state"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """From most to least: each may do all that the next may."""

    OWNER = "owner", "Owner"
    MAINTAINER = "maintainer", "Maintainer"
    DEVELOPER = "developer", "Developer"
    VIEWER = "viewer", "Viewer"

    @property
    def rank(self) -> int:
        return ["viewer", "developer", "maintainer", "owner"].index(self.value)


class Membership(Record):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "user"], name="accounts_membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role} of {self.workspace_id}"


class Invitation(Record):
    """An invitation by e-mail; the token is stored only as its SHA-256."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Role, default=Role.DEVELOPER)
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "workspace", Lower("email"), condition=models.Q(accepted_at=None), name="accounts_invitation_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.workspace_id}"
