"""New accounts: the first one, open sign-up, sign-up by invitation."""

from __future__ import annotations

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from autodev.accounts.errors import EmailTaken, SignUpClosed
from autodev.accounts.models import User
from autodev.accounts.selectors import invitation_by_token, is_first_run
from autodev.accounts.services.audit import record
from autodev.accounts.services.invitations import invitation_accept
from autodev.accounts.services.transaction import in_transaction
from autodev.accounts.services.workspaces import workspace_create, workspaces_adopt


def _create(*, email: str, password: str, name: str, staff: bool = False) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name, is_staff=staff, is_superuser=staff)
    except IntegrityError as error:
        raise EmailTaken("There is already an account with this e-mail address.") from error


@in_transaction
def owner_create(*, email: str, password: str, name: str, workspace_name: str) -> User:
    """The first account: owner of the first workspace, and operator of the installation. Raises SignUpClosed where
    there is a user already."""
    if connection.vendor == "postgresql":
        # two first visitors at once: the second waits here and then sees the first
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {User._meta.db_table} IN EXCLUSIVE MODE")  # noqa: SLF001 - public by Django's own documentation
    if not is_first_run():
        raise SignUpClosed("This installation has an owner already.")
    user = _create(email=email, password=password, name=name, staff=True)
    record(type="user.created", actor=user, first=True)
    workspaces_adopt(owner=user)
    workspace_create(name=workspace_name, owner=user)
    return user


@in_transaction
def sign_up(*, email: str, password: str, name: str) -> User:
    """An account with a workspace of its own. Raises SignUpClosed unless `ALLOW_SIGNUP`, EmailTaken."""
    if not settings.ALLOW_SIGNUP:
        raise SignUpClosed("New accounts are made by invitation here.")
    user = _create(email=email, password=password, name=name)
    record(type="user.created", actor=user)
    workspace_create(name=f"{name or email.split('@', maxsplit=1)[0]}'s workspace", owner=user)
    return user


@in_transaction
def sign_up_invited(*, token: str, password: str, name: str) -> User:
    """An account for the invited address, which joins the workspace. Raises InvitationInvalid, EmailTaken."""
    invitation = invitation_by_token(token)
    user = _create(email=invitation.email, password=password, name=name)
    record(type="user.created", actor=user, invited=True)
    invitation_accept(token=token, user=user)
    return user
