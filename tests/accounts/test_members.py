"""Roles, removal and invitations."""

from __future__ import annotations

import pytest

from autodev.accounts.errors import AlreadyMember, Forbidden, LastOwner, NotFound
from autodev.accounts.models import Membership, Role, User
from autodev.accounts.services.api_keys import api_key_create, api_key_use
from autodev.accounts.services.invitations import invitation_create, invitation_revoke
from autodev.accounts.services.members import member_remove, member_role_change
from autodev.events.models import Event
from tests.cast import Cast, signed_in


def membership(cast: Cast, user: User) -> Membership:
    return cast.workspace.memberships.get(user=user)


def test_a_maintainer_changes_roles_up_to_their_own(cast: Cast) -> None:
    access = cast.access(cast.maintainer)
    row = member_role_change(
        access=access, member_id=membership(cast, cast.viewer).pk, role=Role.MAINTAINER, actor=cast.maintainer
    )
    assert row.role == Role.MAINTAINER
    event = Event.objects.get(type="member.role_changed")
    assert (event.payload["before"], event.payload["after"]) == ("viewer", "maintainer")
    with pytest.raises(Forbidden):
        member_role_change(access=access, member_id=row.pk, role=Role.OWNER, actor=cast.maintainer)
    with pytest.raises(Forbidden):
        member_role_change(
            access=access, member_id=membership(cast, cast.owner).pk, role=Role.VIEWER, actor=cast.maintainer
        )


def test_the_last_owner_stays(cast: Cast) -> None:
    access, own = cast.access(cast.owner), membership(cast, cast.owner)
    with pytest.raises(LastOwner):
        member_role_change(access=access, member_id=own.pk, role=Role.VIEWER, actor=cast.owner)
    with pytest.raises(LastOwner):
        member_remove(access=access, member_id=own.pk, actor=cast.owner)
    member_role_change(access=access, member_id=membership(cast, cast.member).pk, role=Role.OWNER, actor=cast.owner)
    member_remove(access=access, member_id=own.pk, actor=cast.owner)
    assert not cast.workspace.memberships.filter(user=cast.owner).exists()


def test_a_removed_members_keys_end(cast: Cast) -> None:
    _, text = api_key_create(access=cast.access(cast.member), user=cast.member, name="ci", scopes=["read"])
    assert api_key_use(text) is not None
    member_remove(
        access=cast.access(cast.maintainer), member_id=membership(cast, cast.member).pk, actor=cast.maintainer
    )
    assert api_key_use(text) is None


def test_a_developer_leaves_but_removes_nobody(cast: Cast) -> None:
    client = signed_in(cast.member)
    other = membership(cast, cast.viewer)
    assert client.post(f"/w/engines/members/{other.pk}/remove/").status_code == 403
    own = membership(cast, cast.member)
    assert client.post(f"/w/engines/members/{own.pk}/remove/").headers["Location"] == "/"
    assert client.get("/w/engines/").status_code == 404


def test_members_of_another_workspace_are_not_found(cast: Cast) -> None:
    foreign = Membership.objects.get(user=cast.outsider)
    with pytest.raises(NotFound):
        member_remove(access=cast.access(cast.owner), member_id=foreign.pk, actor=cast.owner)


def test_the_invitations_link_is_in_the_answer_and_nowhere_else(cast: Cast) -> None:
    client = signed_in(cast.owner)
    page = client.post("/w/engines/members/invite/", {"email": "new@example.org", "role": "viewer"})
    assert "http://testserver/invitations/" in page.text
    again = client.get("/w/engines/members/")
    assert "new@example.org" in again.text
    assert "/invitations/" in again.text  # the withdrawal's address
    assert "http://testserver/invitations/" not in again.text
    invitation = cast.workspace.invitations.get()
    client.post(f"/w/engines/invitations/{invitation.pk}/withdraw/")
    assert not cast.workspace.invitations.exists()


def test_inviting_has_its_limits(cast: Cast) -> None:
    maintainer = cast.access(cast.maintainer)
    with pytest.raises(AlreadyMember):
        invitation_create(access=maintainer, email="VIEWER@example.org", role=Role.VIEWER, actor=cast.maintainer)
    with pytest.raises(Forbidden):
        invitation_create(access=maintainer, email="n@example.org", role=Role.OWNER, actor=cast.maintainer)
    with pytest.raises(Forbidden):
        invitation_create(access=cast.access(cast.member), email="n@example.org", role=Role.VIEWER, actor=cast.member)
    first, _ = invitation_create(access=maintainer, email="n@example.org", role=Role.VIEWER, actor=cast.maintainer)
    second, _ = invitation_create(access=maintainer, email="N@example.org", role=Role.VIEWER, actor=cast.maintainer)
    assert [i.pk for i in cast.workspace.invitations.all()] == [second.pk]
    with pytest.raises(NotFound):
        invitation_revoke(access=maintainer, invitation_id=first.pk, actor=cast.maintainer)


@pytest.mark.parametrize("form", [{"email": "viewer@example.org", "role": "viewer"}, {"email": "no", "role": "viewer"}])
def test_a_refused_invitation_says_why_at_its_field(cast: Cast, form: dict[str, str]) -> None:
    page = signed_in(cast.owner).post("/w/engines/members/invite/", form)
    assert page.status_code in (409, 422)
    assert page.context["form"].errors["email"]


def test_the_pages_change_roles_and_names(cast: Cast) -> None:
    client = signed_in(cast.owner)
    row = membership(cast, cast.viewer)
    client.post(f"/w/engines/members/{row.pk}/role/", {"role": "developer"})
    row.refresh_from_db()
    assert row.role == Role.DEVELOPER
    client.post(f"/w/engines/members/{row.pk}/role/", {"role": "king"})
    row.refresh_from_db()
    assert row.role == Role.DEVELOPER
    client.post("/w/engines/settings/", {"name": "Difference Engines"})
    cast.workspace.refresh_from_db()
    assert (cast.workspace.name, cast.workspace.slug) == ("Difference Engines", "engines")


def test_a_second_workspace_with_the_same_name_gets_its_own_address(cast: Cast) -> None:
    client = signed_in(cast.viewer)
    place = client.post("/workspaces/new/", {"name": "Engines"}).headers["Location"]
    assert place.startswith("/w/engines-")
    assert client.get(place).status_code == 200
