"""API keys: shown once, stored as an HMAC, ended at once."""

from __future__ import annotations

import datetime as dt

import pytest
from pytest_django import Settings

from autodev.accounts.errors import Forbidden, ScopeTooWide
from autodev.accounts.keys import parse_key
from autodev.accounts.models import ApiKey
from autodev.accounts.services.api_keys import api_key_create, api_key_use
from autodev.events.models import Event
from autodev.lib.clock import utcnow
from tests.cast import Cast, signed_in


@pytest.mark.feature("F4.6")
def test_the_key_is_shown_once_and_not_stored(cast: Cast) -> None:
    client = signed_in(cast.member)
    page = client.post("/w/engines/api-keys/", {"name": "ci", "scopes": ["read", "build"], "lifetime": "30"})
    text = page.context["shown"]
    assert parse_key(text) is not None
    assert text in page.text
    assert text not in client.get("/w/engines/api-keys/").text
    row = ApiKey.objects.get()
    secret = text.split("_", 2)[2]
    assert secret not in str(ApiKey.objects.values().get())
    assert secret not in str(list(Event.objects.values()))
    assert row.expires_at is not None
    assert abs(row.expires_at - utcnow() - dt.timedelta(days=30)) < dt.timedelta(minutes=1)


def test_use_is_remembered_at_most_once_a_minute(cast: Cast) -> None:
    key, text = api_key_create(access=cast.access(cast.member), user=cast.member, name="ci", scopes=["read"])
    api_key_use(text)
    key.refresh_from_db()
    first = key.last_used_at
    assert first is not None
    api_key_use(text)
    key.refresh_from_db()
    assert key.last_used_at == first


@pytest.mark.parametrize("change", ["secret", "prefix", "form", "empty"])
def test_what_is_not_the_key_opens_nothing(cast: Cast, change: str) -> None:
    _, text = api_key_create(access=cast.access(cast.member), user=cast.member, name="ci", scopes=["read"])
    assert api_key_use(text) is not None
    wrong = {
        "secret": text[:-4] + ("aaaa" if not text.endswith("aaaa") else "bbbb"),
        "prefix": "ad_" + "0" * 12 + text[15:],
        "form": text[3:],
        "empty": "",
    }[change]
    assert api_key_use(wrong) is None


@pytest.mark.parametrize("state", ["expired", "revoked", "inactive"])
def test_an_ended_key_opens_nothing(cast: Cast, state: str) -> None:
    expires = utcnow() - dt.timedelta(seconds=1) if state == "expired" else None
    key, text = api_key_create(
        access=cast.access(cast.member), user=cast.member, name="ci", scopes=["read"], expires_at=expires
    )
    if state == "revoked":
        signed_in(cast.member).post(f"/w/engines/api-keys/{key.pk}/revoke/")
    if state == "inactive":
        cast.member.is_active = False
        cast.member.save()
    assert api_key_use(text) is None


def test_peppers_rotate(cast: Cast, settings: Settings) -> None:
    settings.API_KEY_PEPPERS = {1: "old pepper" * 4}
    _, old = api_key_create(access=cast.access(cast.member), user=cast.member, name="old", scopes=["read"])
    settings.API_KEY_PEPPERS = {1: "old pepper" * 4, 2: "new pepper" * 4}
    key, new = api_key_create(access=cast.access(cast.member), user=cast.member, name="new", scopes=["read"])
    assert key.pepper_id == 2
    assert api_key_use(old)
    assert api_key_use(new)
    settings.API_KEY_PEPPERS = {2: "new pepper" * 4}
    assert api_key_use(old) is None
    assert api_key_use(new)


def test_a_key_does_no_more_than_its_maker(cast: Cast) -> None:
    with pytest.raises(ScopeTooWide):
        api_key_create(access=cast.access(cast.member), user=cast.member, name="x", scopes=["admin"])
    with pytest.raises(Forbidden):
        api_key_create(access=cast.access(cast.viewer), user=cast.viewer, name="x", scopes=["read"])
    page = signed_in(cast.member).post("/w/engines/api-keys/", {"name": "x", "scopes": ["admin"]})
    assert page.status_code == 422
    assert page.context["form"].errors["scopes"]


def test_a_developer_sees_and_ends_own_keys_only(cast: Cast) -> None:
    key, text = api_key_create(access=cast.access(cast.owner), user=cast.owner, name="owners", scopes=["admin"])
    client = signed_in(cast.member)
    assert "owners" not in client.get("/w/engines/api-keys/").text
    assert client.post(f"/w/engines/api-keys/{key.pk}/revoke/").status_code == 404
    assert api_key_use(text) is not None
    assert signed_in(cast.maintainer).post(f"/w/engines/api-keys/{key.pk}/revoke/").status_code == 302
    assert api_key_use(text) is None
