"""Users, workspaces and who belongs to them."""

from __future__ import annotations

from typing import ClassVar

import factory

from autodev.accounts.models import Membership, Role, User, Workspace


class UserFactory(factory.django.DjangoModelFactory[User]):
    email = factory.Sequence(lambda n: f"user{n}@example.org")
    name = factory.Sequence(lambda n: f"User {n}")
    password = factory.django.Password("correct horse battery")

    class Meta:
        model = User
        skip_postgeneration_save = True


class WorkspaceFactory(factory.django.DjangoModelFactory[Workspace]):
    name = factory.Sequence(lambda n: f"Workspace {n}")
    slug = factory.Sequence(lambda n: f"workspace-{n}")

    class Meta:
        model = Workspace


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    workspace = factory.SubFactory(WorkspaceFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.DEVELOPER

    class Meta:
        model = Membership
        django_get_or_create: ClassVar = ["workspace", "user"]
