"""Invitations and new passwords by mail: queued with their cause, their tokens nowhere in the database."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from autodev.accounts.models import Invitation, User
from autodev.events.models import Delivery, DeliveryState
from autodev.events.sender import send_due
from autodev.lib.clock import utcnow
from tests.cast import Cast, signed_in


def invite(cast: Cast) -> str:
    """The answer to the form."""
    form = {"email": "new@example.org", "role": "developer"}
    return signed_in(cast.maintainer).post("/w/engines/members/invite/", form).text


def test_the_link_in_the_invitations_mail_is_the_one_that_was_shown(cast: Cast) -> None:
    page = invite(cast)
    row = Delivery.objects.get()
    token = re.search(r"/invitations/([\w-]{43})/", page)
    assert token is not None
    assert token[1] not in f"{row.payload}{row.key}{row.target}"
    assert "is being mailed to new@example.org" in page
    assert send_due() == 1
    assert f"http://testserver/invitations/{token[1]}/" in str(mail.outbox[0].body)
    assert mail.outbox[0].to == ["new@example.org"]
    assert Client().get(f"/invitations/{token[1]}/").status_code == 200


def test_the_mail_of_a_withdrawn_invitation_is_not_sent(cast: Cast) -> None:
    invite(cast)
    Invitation.objects.all().delete()
    assert send_due() == 0
    assert Delivery.objects.get().state == DeliveryState.DEAD
    assert mail.outbox == []


def test_a_new_secret_key_still_sends_while_the_old_one_is_listed(cast: Cast, settings: Settings) -> None:
    invite(cast)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 60
    settings.SECRET_KEY_FALLBACKS = [old]
    assert send_due() == 1
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link is not None
    assert Client().get(link[1]).status_code == 200


def test_without_the_old_key_it_says_so(cast: Cast, settings: Settings) -> None:
    invite(cast)
    settings.SECRET_KEY = "n" * 60
    assert send_due() == 0
    assert "secret key" in Delivery.objects.get().last_error


def test_production_mails_only_where_mail_is_set_up(cast: Cast, settings: Settings) -> None:
    settings.PRODUCTION = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "Send this link to new@example.org" in invite(cast)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("change", ["late", "gone"])
def test_a_link_for_a_new_password_is_not_sent_late_or_to_nobody(cast: Cast, settings: Settings, change: str) -> None:
    Client().post("/password-reset/", {"email": cast.member.email})
    if change == "late":
        Delivery.objects.update(created_at=utcnow().replace(year=2020))
    else:
        User.objects.filter(pk=cast.member.pk).update(is_active=False)
    assert send_due() == 0
    assert Delivery.objects.get().state == DeliveryState.DEAD
    assert mail.outbox == []
