"""The operators' admin changes people and keys by the services: with their rules, and with an audit event."""

from __future__ import annotations

import pytest
from django.test import Client

from autodev.accounts.models import ApiKey, Invitation, Membership, Role, Workspace
from autodev.accounts.services.api_keys import api_key_create
from autodev.accounts.services.invitations import invitation_create
from autodev.events.models import Event
from tests.cast import Cast, signed_in
from tests.factories.accounts import UserFactory


@pytest.fixture
def operator(cast: Cast) -> Client:
    """Somebody who belongs to no workspace."""
    return signed_in(UserFactory.create(email="ops@example.org", is_staff=True, is_superuser=True))


def told(kind: str) -> tuple[str, object]:
    event = Event.objects.get(type=kind)
    assert event.actor is not None
    return event.actor.email, event.workspace_id


def test_a_key_is_revoked_with_an_event(cast: Cast, operator: Client) -> None:
    key, _ = api_key_create(access=cast.access(cast.member), user=cast.member, name="CI", scopes=["read"])
    operator.post("/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [str(key.pk)]})
    assert ApiKey.objects.get().revoked_at is not None
    assert told("api_key.revoked") == ("ops@example.org", cast.workspace.pk)
    assert operator.get(f"/admin/accounts/apikey/{key.pk}/delete/").status_code == 403


def test_a_role_is_changed_with_an_event_and_never_the_last_owners(cast: Cast, operator: Client) -> None:
    member = Membership.objects.get(user=cast.viewer)
    assert operator.post(f"/admin/accounts/membership/{member.pk}/change/", {"role": "maintainer"}).status_code == 302
    member.refresh_from_db()
    assert member.role == Role.MAINTAINER
    assert told("member.role_changed") == ("ops@example.org", cast.workspace.pk)
    owner = Membership.objects.get(user=cast.owner)
    answer = operator.post(f"/admin/accounts/membership/{owner.pk}/change/", {"role": "viewer"})
    assert (answer.status_code, "A workspace needs an owner." in answer.text) == (409, True)
    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_members_are_removed_with_an_event_and_never_the_last_owner(cast: Cast, operator: Client) -> None:
    member = Membership.objects.get(user=cast.viewer)
    operator.post(f"/admin/accounts/membership/{member.pk}/delete/", {"post": "yes"})
    assert told("member.removed") == ("ops@example.org", cast.workspace.pk)
    rest = [str(key) for key in cast.workspace.memberships.values_list("pk", flat=True)]
    form = {"action": "delete_selected", "_selected_action": rest, "post": "yes"}
    assert operator.post("/admin/accounts/membership/", form).status_code == 409
    assert cast.workspace.memberships.count() == len(rest)


def test_an_invitation_is_withdrawn_with_an_event(cast: Cast, operator: Client) -> None:
    made, _ = invitation_create(
        access=cast.access(cast.maintainer), email="n@example.org", role=Role.VIEWER, actor=cast.maintainer
    )
    operator.post(f"/admin/accounts/invitation/{made.pk}/delete/", {"post": "yes"})
    assert not Invitation.objects.exists()
    assert told("invitation.revoked") == ("ops@example.org", cast.workspace.pk)


def test_a_workspace_is_renamed_with_an_event(cast: Cast, operator: Client) -> None:
    place = f"/admin/accounts/workspace/{cast.workspace.pk}/change/"
    management = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    assert operator.post(place, {"name": "Motors", **management}).status_code == 302
    assert Workspace.objects.get(pk=cast.workspace.pk).name == "Motors"
    assert told("workspace.renamed") == ("ops@example.org", cast.workspace.pk)


@pytest.mark.parametrize("model", ["user", "workspace", "membership", "invitation", "apikey"])
def test_nothing_begins_in_the_admin(operator: Client, model: str) -> None:
    assert operator.get(f"/admin/accounts/{model}/").status_code == 200
    assert operator.get(f"/admin/accounts/{model}/add/").status_code == 403
