"""The first account, and who may make another."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from autodev.accounts.errors import EmailTaken, InvitationInvalid, SignUpClosed
from autodev.accounts.models import Invitation, Membership, Role, User
from autodev.accounts.services.invitations import invitation_create
from autodev.accounts.services.sign_up import owner_create, sign_up, sign_up_invited
from autodev.events.models import Event
from autodev.lib.clock import shifted
from tests.cast import PASSWORD, Cast, signed_in

pytestmark = pytest.mark.django_db
FORM = {"name": "Ada", "email": "Ada@Example.org", "password": "a long pass phrase", "workspace_name": "Engines"}


@pytest.mark.feature("F4.8")
def test_the_first_visitor_becomes_owner_and_operator() -> None:
    client = Client()
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/setup/"
    answer = client.post("/setup/", FORM, follow=True)
    assert answer.redirect_chain[-1][0] == "/w/engines/"
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == ("ada@example.org", True, True)
    assert Membership.objects.get().role == Role.OWNER
    assert set(Event.objects.values_list("type", flat=True)) == {"user.created", "workspace.created"}


def test_the_first_run_page_is_gone_once_there_is_an_account(cast: Cast) -> None:
    assert Client().post("/setup/", FORM).headers["Location"] == "/sign-in/"
    assert not User.objects.filter(email="ada@example.org").exists()
    with pytest.raises(SignUpClosed):
        owner_create(email="a@example.org", password="x" * 12, name="A", workspace_name="W")


def test_the_command_lines_user_does_not_close_the_first_run_and_hands_over_its_workspace() -> None:
    local = User.objects.create(email="root@localhost", password="!")
    from autodev.accounts.services.workspaces import workspace_create

    workspace = workspace_create(name="Local builds", owner=local)
    owner = owner_create(email="ada@example.org", password=FORM["password"], name="Ada", workspace_name="Engines")
    assert workspace.memberships.get(user=owner).role == Role.OWNER


@pytest.mark.parametrize("password", ["short", "1234567890123", "password1234"])
def test_a_weak_password_is_refused_at_its_field(password: str) -> None:
    answer = Client().post("/setup/", {**FORM, "password": password})
    assert answer.status_code == 422
    assert answer.context["form"].errors["password"]
    assert not User.objects.exists()


def test_sign_up_is_closed_unless_the_installation_opens_it(cast: Cast, settings: Settings) -> None:
    assert Client().get("/sign-up/").status_code == 403
    settings.ALLOW_SIGNUP = True
    form = {"name": "New", "email": "new@example.org", "password": "a long pass phrase"}
    assert Client().post("/sign-up/", {**form, "email": cast.owner.email}).status_code == 422
    assert Client().post("/sign-up/", form, follow=True).redirect_chain[-1][0] == "/w/news-workspace/"
    with pytest.raises(EmailTaken):
        sign_up(email="NEW@example.org", password=PASSWORD, name="Again")


def test_an_invitation_makes_the_account_and_the_membership_once(cast: Cast) -> None:
    _, token = invitation_create(
        access=cast.access(cast.owner), email="new@example.org", role=Role.VIEWER, actor=cast.owner
    )
    assert token not in str(Invitation.objects.values().get())
    page = Client().get(f"/invitations/{token}/")
    assert page.status_code == 200
    assert "Engines" in page.text
    answer = Client().post(f"/invitations/{token}/", {"name": "New", "password": "a long pass phrase"}, follow=True)
    assert answer.redirect_chain[-1][0] == "/w/engines/"
    assert Membership.objects.get(user__email="new@example.org").role == Role.VIEWER
    assert Client().get(f"/invitations/{token}/").status_code == 404


def test_an_invitation_ends_after_seven_days(cast: Cast) -> None:
    _, token = invitation_create(
        access=cast.access(cast.owner), email="n@example.org", role=Role.VIEWER, actor=cast.owner
    )
    with shifted(7 * 24 * 3600 + 5), pytest.raises(InvitationInvalid):
        sign_up_invited(token=token, password=PASSWORD, name="N")
    with shifted(7 * 24 * 3600 - 60):
        assert sign_up_invited(token=token, password=PASSWORD, name="N").email == "n@example.org"


def test_an_invitation_is_for_its_address_only(cast: Cast) -> None:
    _, token = invitation_create(
        access=cast.access(cast.owner), email="n@example.org", role=Role.OWNER, actor=cast.owner
    )
    client = signed_in(cast.outsider)
    assert "Sign out" in client.get(f"/invitations/{token}/").text
    assert client.post(f"/invitations/{token}/").status_code == 404
    assert not cast.workspace.memberships.filter(user=cast.outsider).exists()


def test_somebody_with_an_account_joins_after_signing_in(cast: Cast) -> None:
    _, token = invitation_create(
        access=cast.access(cast.maintainer), email=cast.outsider.email, role=Role.DEVELOPER, actor=cast.maintainer
    )
    assert Client().get(f"/invitations/{token}/").headers["Location"].startswith("/sign-in/?next=")
    client = signed_in(cast.outsider)
    assert client.post(f"/invitations/{token}/", follow=True).redirect_chain[-1][0] == "/w/engines/"
    assert cast.workspace.memberships.get(user=cast.outsider).role == Role.DEVELOPER
