"""Sign in, out, and the password."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from autodev.accounts import rate_limit
from autodev.events.sender import send_due
from tests.cast import PASSWORD, Cast, signed_in


def test_e_mail_and_password_open_the_workspace(cast: Cast) -> None:
    client = Client()
    answer = client.post("/sign-in/", {"email": "OWNER@example.org", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/w/engines/"
    client.post("/sign-out/")
    assert client.get("/w/engines/").headers["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("email", ["owner@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_account_look_the_same(cast: Cast, email: str) -> None:
    answer = Client().post("/sign-in/", {"email": email, "password": "wrong"})
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors() == ["E-mail and password do not belong together."]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_does_not_lead_to_another_site(cast: Cast, target: str) -> None:
    answer = Client().post("/sign-in/", {"email": cast.owner.email, "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"


def test_after_ten_wrong_tries_even_the_right_password_waits(cast: Cast) -> None:
    client = Client()
    for _ in range(rate_limit.SIGN_IN_BY_ACCOUNT):
        assert client.post("/sign-in/", {"email": cast.owner.email, "password": "wrong"}).status_code == 422
    blocked = client.post("/sign-in/", {"email": cast.owner.email, "password": PASSWORD})
    assert blocked.status_code == 429
    assert client.post("/sign-in/", {"email": cast.member.email, "password": PASSWORD}).status_code == 302


def test_a_new_password_ends_the_other_sessions(cast: Cast) -> None:
    here, there = Client(), signed_in(cast.member)
    here.post("/sign-in/", {"email": cast.member.email, "password": PASSWORD})
    form = {"old_password": PASSWORD, "new_password1": "another long phrase", "new_password2": "another long phrase"}
    assert here.post("/profile/password/", form).status_code == 302
    assert here.get("/profile/").status_code == 200
    assert there.get("/profile/").status_code == 302


def test_the_link_in_the_mail_sets_a_new_password_once(cast: Cast) -> None:
    client = Client()
    client.post("/password-reset/", {"email": cast.member.email})
    client.post("/password-reset/", {"email": "unknown@example.org"})
    assert mail.outbox == []
    assert send_due() == 1
    assert [m.to for m in mail.outbox] == [[cast.member.email]]
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link is not None
    form = client.get(link[1], follow=True)
    place = form.redirect_chain[-1][0]
    new = {"new_password1": "another long phrase", "new_password2": "another long phrase"}
    assert client.post(place, new).headers["Location"] == "/sign-in/"
    assert client.login(username=cast.member.email, password="another long phrase")
    assert "used or is too old" in Client().get(link[1], follow=True).text


def test_the_profile_changes_the_name(cast: Cast) -> None:
    client = signed_in(cast.viewer)
    client.post("/profile/", {"name": "Vera"})
    cast.viewer.refresh_from_db()
    assert cast.viewer.name == "Vera"
    assert client.post("/profile/", {"name": ""}).status_code == 422


def test_a_fragment_is_not_replaced_by_the_sign_in_page(cast: Cast) -> None:
    answer = Client(headers={"HX-Request": "true"}).get("/w/engines/")
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sign-in/")
