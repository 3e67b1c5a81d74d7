"""Reads. Whoever does not belong to a workspace cannot tell it from one that does not exist."""

from __future__ import annotations

import uuid

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, QuerySet

from autodev.accounts.access import Access, Actor, effective_role
from autodev.accounts.errors import InvitationInvalid, NotFound
from autodev.accounts.keys import token_hash
from autodev.accounts.models import ApiKey, Invitation, Membership, Role, User, Workspace
from autodev.lib.clock import db_now


def is_first_run() -> bool:
    """True until somebody can sign in. The command line's own user has no password and does not count."""
    return not User.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()


def memberships_for_user(actor: Actor) -> QuerySet[Membership]:
    """The memberships the actor can act through, with their workspaces, by name."""
    rows = Membership.objects.filter(user=actor.user).select_related("workspace").order_by("workspace__name", "id")
    return rows if actor.only_workspace is None else rows.filter(workspace_id=actor.only_workspace)


def _access(actor: Actor, membership: Membership | None, at_least: Role) -> Access:
    if membership is None:
        raise NotFound("There is no such workspace.")
    access = Access(workspace=membership.workspace, role=effective_role(Role(membership.role), actor.ceiling))
    access.require(at_least)
    return access


def workspace_for_user(actor: Actor, slug: str, *, at_least: Role = Role.VIEWER) -> Access:
    """The workspace of that slug. Raises NotFound to outsiders, Forbidden below `at_least`."""
    return _access(actor, memberships_for_user(actor).filter(workspace__slug=slug).first(), at_least)


def workspace_id_for_user(actor: Actor, workspace_id: uuid.UUID, *, at_least: Role = Role.VIEWER) -> Access:
    """The workspace of that id. Raises NotFound to outsiders, Forbidden below `at_least`."""
    return _access(actor, memberships_for_user(actor).filter(workspace_id=workspace_id).first(), at_least)


def members_of(workspace: Workspace) -> QuerySet[Membership]:
    return workspace.memberships.select_related("user").order_by("created_at", "id")


def open_invitations_of(workspace: Workspace) -> QuerySet[Invitation]:
    """Neither accepted nor expired, newest first."""
    rows = workspace.invitations.filter(accepted_at=None, expires_at__gt=db_now())
    return rows.select_related("invited_by").order_by("-created_at")


def invitation_by_token(token: str) -> Invitation:
    """The open invitation behind a link. Raises InvitationInvalid."""
    rows = Invitation.objects.select_related("workspace", "invited_by")
    found = rows.filter(token_hash=token_hash(token), accepted_at=None, expires_at__gt=db_now()).first()
    if found is None:
        raise InvitationInvalid("This invitation is not valid any more.")
    return found


def api_keys_visible(access: Access, user: User) -> QuerySet[ApiKey]:
    """A member sees the keys they made, a maintainer all of the workspace."""
    rows = access.workspace.api_keys.select_related("user").order_by("revoked_at", "-created_at")
    return rows if access.can_maintain else rows.filter(user=user)


def owners_of(workspace: Workspace) -> int:
    """How many owners there are."""
    return workspace.memberships.filter(role=Role.OWNER).aggregate(n=Count("id"))["n"] or 0
