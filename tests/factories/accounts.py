"""Users, workspaces and who belongs to them."""

# mypy: disable-error-code="no-untyped-call"
# factory-boy's declarations have no types.

from __future__ import annotations

from typing import ClassVar

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory, Password

from autodev.accounts.models import Membership, Role, User, Workspace


class UserFactory(DjangoModelFactory[User]):
    email = Sequence(lambda n: f"user{n}@example.org")
    name = Sequence(lambda n: f"User {n}")
    password = Password("correct horse battery")

    class Meta:
        model = User
        skip_postgeneration_save = True


class WorkspaceFactory(DjangoModelFactory[Workspace]):
    name = Sequence(lambda n: f"Workspace {n}")
    slug = Sequence(lambda n: f"workspace-{n}")

    class Meta:
        model = Workspace


class MembershipFactory(DjangoModelFactory[Membership]):
    workspace = SubFactory(WorkspaceFactory)
    user = SubFactory(UserFactory)
    role = Role.DEVELOPER

    class Meta:
        model = Membership
        django_get_or_create: ClassVar = ["workspace", "user"]
