"""Workspaces: made, renamed."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from autodev.accounts.models import Membership, Role, User, Workspace
from autodev.accounts.services.audit import record
from autodev.accounts.services.transaction import in_transaction


def _slugs(name: str) -> list[str]:
    base = slugify(name)[:48] or "workspace"
    return [base, *(f"{base}-{get_random_string(5, 'abcdefghjkmnpqrstuvwxyz23456789')}" for _ in range(4))]


@in_transaction
def workspace_create(*, name: str, owner: User) -> Workspace:
    """A workspace with its first owner; its slug comes from the name."""
    last: IntegrityError | None = None
    for slug in _slugs(name):
        try:
            with transaction.atomic():
                workspace = Workspace.objects.create(name=name, slug=slug)
        except IntegrityError as error:
            last = error
            continue
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
        record(type="workspace.created", actor=owner, workspace=workspace, name=name)
        return workspace
    raise last or RuntimeError("no slug was tried")


@in_transaction
def workspace_rename(*, workspace: Workspace, name: str, actor: User) -> None:
    """A new name; the slug, and with it every address, stays."""
    before = workspace.name
    if before == name:
        return
    Workspace.objects.filter(pk=workspace.pk).update(name=name)
    workspace.name = name
    record(type="workspace.renamed", actor=actor, workspace=workspace, before=before, after=name)


@in_transaction
def workspaces_adopt(*, owner: User) -> None:
    """Gives the installation's first owner what the command line built before there was an account."""
    for workspace in Workspace.objects.exclude(memberships__user=owner):
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
        record(type="member.joined", actor=owner, workspace=workspace, email=owner.email, role=Role.OWNER.value)
