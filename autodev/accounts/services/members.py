"""Members: roles and removal."""

from __future__ import annotations

import uuid

from autodev.accounts.access import Access
from autodev.accounts.errors import LastOwner, NotFound
from autodev.accounts.models import ApiKey, Membership, Role, User, Workspace
from autodev.accounts.selectors import owners_of
from autodev.accounts.services.audit import record
from autodev.accounts.services.transaction import in_transaction
from autodev.lib.clock import db_now


def _member(access: Access, member_id: uuid.UUID) -> Membership:
    # the workspace's row is the lock: two owners who leave at once must not leave it without one
    Workspace.objects.select_for_update().get(pk=access.workspace.pk)
    found = access.workspace.memberships.select_related("user").filter(pk=member_id).first()
    if found is None:
        raise NotFound("There is no such member.")
    return found


def _not_last_owner(member: Membership, workspace: Workspace) -> None:
    if member.role == Role.OWNER and owners_of(workspace) == 1:
        raise LastOwner("A workspace needs an owner.")


@in_transaction
def member_role_change(*, access: Access, member_id: uuid.UUID, role: Role, actor: User) -> Membership:
    """Gives a member another role. Maintainers change roles up to their own, owners all. Raises Forbidden, LastOwner,
    NotFound."""
    access.require(Role.MAINTAINER)
    member = _member(access, member_id)
    access.require(role)
    access.require(Role(member.role))
    if member.role == role:
        return member
    _not_last_owner(member, access.workspace)
    before = member.role
    Membership.objects.filter(pk=member.pk, role=before).update(role=role)
    member.role = role
    record(
        type="member.role_changed", actor=actor, workspace=access.workspace,
        member=str(member.user_id), email=member.user.email, before=before, after=role.value,
    )  # fmt: skip
    return member


@in_transaction
def member_remove(*, access: Access, member_id: uuid.UUID, actor: User) -> None:
    """Takes a member out and revokes their keys of this workspace. Anyone may leave; others need a maintainer. Raises
    Forbidden, LastOwner, NotFound."""
    member = _member(access, member_id)
    if member.user_id != actor.pk:
        access.require(Role.MAINTAINER)
        access.require(Role(member.role))
    _not_last_owner(member, access.workspace)
    ApiKey.objects.filter(workspace=access.workspace, user_id=member.user_id, revoked_at=None).update(
        revoked_at=db_now()
    )
    record(
        type="member.removed", actor=actor, workspace=access.workspace,
        member=str(member.user_id), email=member.user.email, role=member.role,
    )  # fmt: skip
    member.delete()
