"""Composes and sends the mail whose links work like passwords."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string

from autodev.accounts import mail
from autodev.accounts.keys import invitation_tokens, token_hash
from autodev.accounts.models import Invitation, User
from autodev.events import channels
from autodev.events.channels import Undeliverable
from autodev.events.email import send_mail
from autodev.events.models import Delivery
from autodev.lib.clock import utcnow


def send_invitation(delivery: Delivery) -> None:
    """Raises Undeliverable for an invitation that was accepted, withdrawn, replaced or has expired."""
    rows = Invitation.objects.select_related("workspace", "invited_by")
    invitation = rows.filter(pk=delivery.payload["invitation_id"], accepted_at=None).first()
    if invitation is None or invitation.expires_at <= utcnow():
        raise Undeliverable("The invitation is not open any more.")
    mine = [token for token in invitation_tokens(invitation.pk) if token_hash(token) == invitation.token_hash]
    if not mine:
        raise Undeliverable("The invitation was made with a secret key that is not known any more.")
    context = {"invitation": invitation, "link": delivery.payload["link"].replace(mail.TOKEN, mine[0])}
    send_mail(
        delivery,
        subject=f"{invitation.invited_by} invites you to {invitation.workspace.name} on AutoDev",
        body=render_to_string("accounts/invitation_email.txt", context),
    )


def send_password_reset(delivery: Delivery) -> None:
    """Raises Undeliverable where the account is gone, or the link was asked for longer ago than it would work."""
    user = User.objects.filter(pk=delivery.payload["user_id"], is_active=True).first()
    if user is None:
        raise Undeliverable("There is no such account any more.")
    if utcnow() - delivery.created_at > dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT):
        raise Undeliverable("It was asked for too long ago.")
    link = delivery.payload["link"].replace(mail.TOKEN, default_token_generator.make_token(user))
    body = render_to_string("accounts/password_reset_email.txt", {"user": user, "link": link})
    send_mail(delivery, subject="New password for AutoDev", body=body)


def register() -> None:
    """Names the senders of both channels."""
    channels.register(mail.INVITATION, send_invitation)
    channels.register(mail.PASSWORD_RESET, send_password_reset)
