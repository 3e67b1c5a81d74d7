"""A provider's form: what is refused leaves nothing behind, and nobody's work is overwritten unseen."""

from __future__ import annotations

import pytest

from autodev.events.models import Event
from providers.config.defaults import ensure_defaults
from providers.models import Credential, Provider
from providers.services.credentials import credential_add
from providers.services.providers import provider_update
from tests.cast import Cast, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F2.1")]
PAGE = "/w/engines/providers/p/claude/"
SECRET = "sk-live-abcdefghijklmnop1234"


@pytest.fixture
def claude(cast: Cast) -> Provider:
    ensure_defaults(cast.workspace)
    return Provider.objects.get(workspace=cast.workspace, name="claude")


def test_a_key_that_is_refused_changes_nothing_else(cast: Cast, claude: Provider) -> None:
    credential_add(workspace=cast.workspace, actor=None, name="claude", secret=SECRET)
    before, events = bytes(Credential.objects.get().ciphertext), Event.objects.count()
    page = signed_in(cast.maintainer).post(PAGE, {"model": "anthropic/other", "keys": ["claude"], "secret": "short"})
    assert page.status_code == 422
    assert "between 8 and 8000 characters" in page.text
    claude.refresh_from_db()
    assert claude.model != "anthropic/other"
    assert bytes(Credential.objects.get().ciphertext) == before
    assert Event.objects.count() == events


def test_a_key_of_the_same_name_survives_a_refusal(cast: Cast, claude: Provider) -> None:
    row = credential_add(workspace=cast.workspace, actor=None, name="fresh", secret=SECRET)
    client = signed_in(cast.maintainer)
    form = {"name": "fresh", "model": "openai/x", "secret": f"{SECRET}9"}
    page = client.post("/w/engines/providers/new/", form)
    assert (page.status_code, "There is a credential" in page.text) == (422, True)
    wrong = client.post(PAGE.replace("claude", "gpt"), {"model": "openai/x", "api_base": "ftp://x", "secret": SECRET})
    assert wrong.status_code == 422
    assert bytes(Credential.objects.get().ciphertext) == bytes(row.ciphertext)
    assert not Provider.objects.filter(name="fresh").exists()


def test_what_somebody_changed_meanwhile_is_told_before_it_is_overwritten(cast: Cast, claude: Provider) -> None:
    client = signed_in(cast.maintainer)
    shown = client.get(PAGE)
    seen = shown.context["form"]["seen"].value()
    assert seen in shown.text
    part = {"kind": "litellm", "model": "anthropic/theirs", "max_concurrency": 3}
    provider_update(workspace=cast.workspace, actor=cast.owner, name="claude", part=part)
    form = {"model": "anthropic/mine", "env": "ANTHROPIC_API_KEY", "seen": seen}
    page = client.post(PAGE, form)
    assert page.status_code == 422
    assert "Somebody changed this provider meanwhile: the model is now anthropic/theirs." in page.text
    claude.refresh_from_db()
    assert claude.model == "anthropic/theirs"
    again = page.context["form"]["seen"].value()
    assert again != seen
    assert client.post(PAGE, {**form, "seen": again}).status_code == 302
    claude.refresh_from_db()
    assert (claude.model, claude.document) == ("anthropic/mine", {"max_concurrency": 3})


def test_that_it_needs_a_key_stays_said(cast: Cast, claude: Provider) -> None:
    Provider.objects.filter(pk=claude.pk).update(document={"needs_key": True})
    signed_in(cast.maintainer).post(PAGE, {"model": "anthropic/claude-opus-5", "env": "ANTHROPIC_API_KEY"})
    claude.refresh_from_db()
    assert claude.document == {"needs_key": True}
    signed_in(cast.maintainer).post(PAGE, {"model": "anthropic/claude-opus-5", "keyless": "on"})
    claude.refresh_from_db()
    assert claude.document == {"needs_key": False}


@pytest.mark.parametrize("path", ["new/", "p/claude/", "p/claude/remove/"])
def test_members_and_strangers_change_no_provider(cast: Cast, claude: Provider, path: str) -> None:
    address, form = f"/w/engines/providers/{path}", {"name": "x", "model": "openai/x"}
    assert signed_in(cast.member).post(address, form).status_code == 403
    assert signed_in(cast.outsider).post(address, form).status_code == 404
    assert not Provider.objects.filter(name="x").exists()


def test_a_form_without_its_token_is_refused(cast: Cast, claude: Provider) -> None:
    client = signed_in(cast.maintainer)
    client.handler.enforce_csrf_checks = True
    assert client.post(PAGE, {"model": "anthropic/other"}).status_code == 403


def test_a_key_of_another_workspace_is_no_choice(cast: Cast, claude: Provider) -> None:
    from tests.factories.accounts import WorkspaceFactory

    credential_add(workspace=WorkspaceFactory.create(), actor=None, name="theirs", secret=SECRET)
    credential_add(workspace=cast.workspace, actor=None, name="ours", secret=SECRET)
    page = signed_in(cast.maintainer).post(PAGE, {"model": "anthropic/x", "keys": ["theirs"]})
    assert (page.status_code, "keys" in page.context["form"].errors) == (422, True)
