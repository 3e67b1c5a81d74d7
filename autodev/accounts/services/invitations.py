"""Invitations: a link that is shown once, mailed where mail is set up, and works for seven days."""

from __future__ import annotations

import datetime as dt
import uuid

from autodev.accounts import mail
from autodev.accounts.access import Access
from autodev.accounts.errors import AlreadyMember, InvitationInvalid, NotFound
from autodev.accounts.keys import invitation_tokens, token_hash
from autodev.accounts.models import Invitation, Membership, Role, User
from autodev.accounts.selectors import invitation_by_token
from autodev.accounts.services.audit import record
from autodev.accounts.services.transaction import in_transaction
from autodev.events.services import deliver
from autodev.lib.clock import db_now, utcnow
from autodev.lib.ids import new_id

LIFETIME = dt.timedelta(days=7)


@in_transaction
def invitation_create(*, access: Access, email: str, role: Role, actor: User, link: str = "") -> tuple[Invitation, str]:
    """The invitation and its token, which is not stored. An open one to the same address is replaced. Where `link` is
    given, the address of the invitation's page with `mail.TOKEN` in place of the token, a mail is queued in the same
    transaction. Raises Forbidden, AlreadyMember."""
    access.require(Role.MAINTAINER)
    access.require(role)
    email = email.lower()
    if access.workspace.memberships.filter(user__email__iexact=email).exists():
        raise AlreadyMember(f"{email} is a member already.")
    access.workspace.invitations.filter(email__iexact=email, accepted_at=None).delete()
    key = new_id()
    token = invitation_tokens(key)[0]
    invitation = Invitation.objects.create(
        pk=key,
        workspace=access.workspace,
        email=email,
        role=role,
        token_hash=token_hash(token),
        invited_by=actor,
        expires_at=utcnow() + LIFETIME,
    )
    event = record(type="invitation.created", actor=actor, workspace=access.workspace, email=email, role=role.value)
    if link:
        payload = {"invitation_id": str(invitation.pk), "link": link}
        deliver(event=event, channel=mail.INVITATION, target=email, key=f"invitation:{invitation.pk}", payload=payload)
    return invitation, token


@in_transaction
def invitation_revoke(*, access: Access, invitation_id: uuid.UUID, actor: User) -> None:
    """Withdraws an open invitation. Raises Forbidden, NotFound."""
    access.require(Role.MAINTAINER)
    invitation = access.workspace.invitations.filter(pk=invitation_id, accepted_at=None).first()
    if invitation is None:
        raise NotFound("There is no such open invitation.")
    record(type="invitation.revoked", actor=actor, workspace=access.workspace, email=invitation.email)
    invitation.delete()


@in_transaction
def invitation_accept(*, token: str, user: User) -> Membership:
    """Makes the user a member; a member keeps their role. Raises InvitationInvalid, also for others."""
    invitation = invitation_by_token(token)
    if invitation.email.lower() != user.email.lower():
        raise InvitationInvalid(
            "This invitation is for another e-mail address.", hint=f"Sign in as {invitation.email} to accept it."
        )
    won = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(accepted_at=db_now())
    if won != 1:
        raise InvitationInvalid("This invitation has been used.")
    membership, created = Membership.objects.get_or_create(
        workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
    )
    if created:
        record(type="member.joined", actor=user, workspace=invitation.workspace, email=user.email, role=invitation.role)
    return membership
