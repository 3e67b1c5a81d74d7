"""Mail with a link that works like a password: its channels of the outbox. The outbox holds only whom it is for; the
token is made when the message is sent, so that who reads the database cannot follow the link."""

from __future__ import annotations

from django.conf import settings

INVITATION = "email.invitation"
PASSWORD_RESET = "email.password-reset"  # noqa: S105 - a channel's name
# Stands in the queued address where the token will be.
TOKEN = "TOKEN"  # noqa: S105 - a placeholder


def is_on() -> bool:
    """Whether invitations are mailed: where mail goes to people, or, on one machine, to the console."""
    return not (settings.PRODUCTION and settings.EMAIL_BACKEND.endswith("console.EmailBackend"))
