"""What a person changes about themselves."""

from __future__ import annotations

from autodev.accounts import mail
from autodev.accounts.models import User
from autodev.accounts.services.audit import record
from autodev.accounts.services.transaction import in_transaction
from autodev.events.services import deliver


@in_transaction
def profile_update(*, user: User, name: str) -> None:
    """A new display name."""
    User.objects.filter(pk=user.pk).update(name=name)
    user.name = name
    record(type="user.updated", actor=user)


@in_transaction
def password_change(*, user: User, password: str) -> None:
    """A new password; every other session of the user ends with it."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record(type="user.password_changed", actor=user)


@in_transaction
def password_reset_request(*, user: User, email: str, link: str) -> None:
    """Queues the mail with the link, an address with `mail.TOKEN` in place of the token."""
    event = record(type="user.password_reset_requested", actor=user)
    payload = {"user_id": str(user.pk), "link": link}
    key = f"password-reset:{event.pk}"
    deliver(event=event, channel=mail.PASSWORD_RESET, target=email, key=key, payload=payload)
