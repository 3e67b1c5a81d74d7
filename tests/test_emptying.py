"""After a test that commits the database is as `flush` would leave it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from autodev.accounts.models import Membership, User, Workspace
from tests.emptying import emptied
from tests.factories.accounts import UserFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def names() -> set[str]:
    return {f"{one.content_type.model}.{one.codename}" for one in Permission.objects.select_related("content_type")}


def test_what_was_written_goes_whatever_refers_to_what() -> None:
    user = UserFactory.create()
    WorkspaceFactory.create().memberships.create(user=user, role="owner")
    user.user_permissions.add(Permission.objects.all()[0])
    emptied(connection)
    assert [model.objects.count() for model in (User, Workspace, Membership)] == [0, 0, 0]
    assert User.user_permissions.through.objects.count() == 0


@pytest.mark.parametrize("model", [Permission, ContentType])
def test_permissions_stay_and_come_back_when_one_was_lost(model: type[Permission | ContentType]) -> None:
    emptied(connection)
    before, first = names(), Permission.objects.earliest("pk").pk
    emptied(connection)
    assert Permission.objects.earliest("pk").pk == first
    model.objects.all()[0].delete()
    assert names() != before
    emptied(connection)
    assert names() == before
