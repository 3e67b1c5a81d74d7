"""Providers and keys by form: made, changed, removed; a key is stored once and never shown."""

from __future__ import annotations

import pytest
from django.db.models import F

from providers.config.defaults import ensure_defaults
from providers.forms import KEY_AGAIN
from providers.local import LocalEndpoint, LocalModel, NoEndpoint, Server
from providers.models import Chain, Credential, Provider
from providers.services.credentials import credential_add
from providers.services.rules import rule_remove, rule_save
from providers.views import local
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.feature("F2.1")
PROVIDERS = "/w/engines/providers/"
SECRET = "sk-live-abcdefghijklmnop1234"


def test_a_provider_with_its_key_in_one_step(cast: Cast) -> None:
    form = {"name": "mistral", "model": "mistral/mistral-large", "secret": SECRET}
    client = signed_in(cast.maintainer)
    assert client.post(f"{PROVIDERS}new/", form).headers["Location"] == PROVIDERS
    row = Provider.objects.get(workspace=cast.workspace, name="mistral")
    assert (row.kind, row.model, row.keys) == ("litellm", "mistral/mistral-large", ["mistral"])
    chain = Chain.objects.get(workspace=cast.workspace, task_kind="default").providers
    assert chain[-2:] == ["mistral", "blueprint"]
    for page in (PROVIDERS, f"{PROVIDERS}keys/", f"{PROVIDERS}p/mistral/"):
        assert SECRET not in client.get(page).text
    assert "…1234" in client.get(f"{PROVIDERS}keys/").text


@pytest.mark.parametrize(
    ("field", "value"), [("name", "no blanks"), ("model", "two words"), ("env", "sk-live-secret"), ("name", "")]
)
def test_a_wrong_field_says_so_and_stores_nothing(cast: Cast, field: str, value: str) -> None:
    form = {"name": "x", "model": "openai/x", "secret": SECRET, field: value}
    page = signed_in(cast.maintainer).post(f"{PROVIDERS}new/", form)
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert SECRET not in page.text
    assert not Credential.objects.exists()


def test_what_the_configuration_refuses_leaves_no_key_behind(cast: Cast) -> None:
    form = {"name": "gpt", "model": "openai/x", "secret": SECRET}
    page = signed_in(cast.maintainer).post(f"{PROVIDERS}new/", form)
    assert "There is a provider" in page.text
    form = {"name": "x", "model": "openai/x", "secret": SECRET, "api_base": "ftp://host"}
    assert signed_in(cast.maintainer).post(f"{PROVIDERS}new/", form).status_code == 422
    assert not Credential.objects.exists()


def test_an_edit_keeps_what_the_form_does_not_show(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    Provider.objects.filter(name="claude").update(document={"max_concurrency": 4, "upstream": "anthropic"})
    client = signed_in(cast.maintainer)
    page = client.get(f"{PROVIDERS}p/claude/")
    assert page.context["form"]["env"].value() == "ANTHROPIC_API_KEY"
    form = {"model": "anthropic/claude-opus-5", "env": "ANTHROPIC_API_KEY, SECOND_KEY", "secret": SECRET}
    client.post(f"{PROVIDERS}p/claude/", form)
    row = Provider.objects.get(workspace=cast.workspace, name="claude")
    assert row.document == {"max_concurrency": 4, "upstream": "anthropic"}
    assert row.keys == ["env:ANTHROPIC_API_KEY", "env:SECOND_KEY", "claude"]
    assert client.post(f"{PROVIDERS}p/blueprint/", {"keyless": "on"}).status_code == 302
    assert client.post(f"{PROVIDERS}p/claude/", {"model": ""}).status_code == 422
    client.post(f"{PROVIDERS}p/claude/", {"model": row.model, "keys": ["claude"], "secret": SECRET[:-4] + "9999"})
    row.refresh_from_db()
    assert row.keys == ["claude"]
    assert Credential.objects.get().hint == "9999"


def test_a_provider_in_a_chain_is_not_removed(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client = signed_in(cast.maintainer)
    assert client.post(f"{PROVIDERS}p/claude/remove/").status_code == 409
    assert client.post(f"{PROVIDERS}p/gemini/remove/").status_code == 302
    assert not Provider.objects.filter(name="gemini").exists()
    assert client.get(f"{PROVIDERS}p/gemini/").status_code == 404


def test_a_key_is_stored_replaced_and_removed(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client = signed_in(cast.maintainer)
    client.post(f"{PROVIDERS}keys/", {"name": "second", "secret": SECRET})
    before = bytes(Credential.objects.get().ciphertext)
    again = client.post(f"{PROVIDERS}keys/", {"name": "second", "secret": SECRET})
    assert (again.status_code, "already" in again.text, SECRET in again.text) == (422, True, False)
    client.post(f"{PROVIDERS}keys/second/rotate/", {"secret": "short"})
    assert bytes(Credential.objects.get().ciphertext) == before
    client.post(f"{PROVIDERS}keys/second/rotate/", {"secret": "sk-live-other-abcdefgh5678"})
    assert bytes(Credential.objects.get().ciphertext) != before
    Provider.objects.filter(name="gpt").update(keys=["second"], updated_at=F("updated_at"))
    client.post(f"{PROVIDERS}keys/second/remove/")
    assert "It is still listed by gpt" in client.get(f"{PROVIDERS}keys/").text
    assert not Credential.objects.exists()


QWEN = LocalModel(name="qwen3:8b", model="ollama_chat/qwen3:8b", context_window=32768, params={"num_ctx": 32768})
ENDPOINT = LocalEndpoint(
    server=Server.OLLAMA,
    api_base="http://127.0.0.1:11434",
    models=(
        LocalModel(name="qwen3:8b", model="ollama_chat/qwen3:8b", context_window=32768, params={"num_ctx": 32768}),
    ),
)


def test_a_local_model_is_found_and_added(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "find_local", lambda: (ENDPOINT,))
    monkeypatch.setattr(local, "look_at", lambda url: ENDPOINT)
    client = signed_in(cast.maintainer)
    page = client.post(f"{PROVIDERS}local/")
    assert "qwen3:8b" in page.text
    wanted = {"api_base": ENDPOINT.api_base, "model": "ollama_chat/qwen3:8b"}
    for name in ("local", "qwen38b", "qwen38b-2"):  # the first takes the place that the chain that ships keeps
        client.post(f"{PROVIDERS}local/add/", wanted)
        row = Provider.objects.get(workspace=cast.workspace, name=name)
        assert (row.model, row.document["needs_key"], row.enabled) == ("ollama_chat/qwen3:8b", False, True)
    chain = Chain.objects.get(workspace=cast.workspace, task_kind="default").providers
    assert chain == ["claude", "gpt", "local", "qwen38b", "qwen38b-2", "blueprint"]
    assert client.post(f"{PROVIDERS}local/add/", {**wanted, "model": "gone"}).status_code == 404


def test_where_nothing_answers_it_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(url: str) -> LocalEndpoint:
        raise NoEndpoint(f"{url} is no address of a server")

    monkeypatch.setattr(local, "find_local", tuple)
    monkeypatch.setattr(local, "look_at", nothing)
    client = signed_in(cast.maintainer)
    assert "Nothing answers" in client.post(f"{PROVIDERS}local/").text
    page = client.post(f"{PROVIDERS}local/", {"url": "nowhere"})
    assert (page.status_code, "nowhere is no address" in page.text) == (422, True)


def test_a_key_that_was_written_into_a_refused_form_is_asked_for_again(cast: Cast) -> None:
    client = signed_in(cast.maintainer)
    page = client.post(f"{PROVIDERS}new/", {"name": "no blanks", "model": "openai/x", "secret": SECRET})
    assert "Only letters, digits, hyphens and underscores." in page.text
    assert "Write the key once more: a page never holds one." in page.text
    page = client.post(f"{PROVIDERS}new/", {"name": "no blanks", "model": "openai/x"})
    assert "Write the key once more" not in page.text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"model": "openai/x"}, "It is passed over until it has a key."),
        ({"model": "openai/x", "secret": SECRET}, "Test it on its card."),
        ({"model": "openai/x", "keyless": "on"}, "Test it on its card."),
    ],
)
def test_who_adds_a_provider_is_told_what_it_lacks(cast: Cast, form: dict[str, str], said: str) -> None:
    page = signed_in(cast.maintainer).post(f"{PROVIDERS}new/", {"name": "mine", **form}, follow=True)
    assert f"mine is added at the end of the default chain. {said}" in page.text


def test_what_names_a_provider_is_said_before_it_is_removed(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    rule_save(workspace=cast.workspace, actor=None, name="nights", when={}, then={"avoid": ["gemini"]})
    client = signed_in(cast.maintainer)
    page = client.get(f"{PROVIDERS}p/claude/").text
    assert "It is named by the chain default. Take it out there first" in page
    assert "Remove claude" not in page
    assert "It is named by the rule nights." in client.get(f"{PROVIDERS}p/gemini/").text
    rule_remove(workspace=cast.workspace, actor=None, name="nights")
    assert "Remove gemini" in client.get(f"{PROVIDERS}p/gemini/").text
    page = client.post(f"{PROVIDERS}p/gemini/remove/", follow=True).text
    assert "the history of models.yaml brings it back" in page


def test_a_provider_without_a_key_offers_to_give_it_one(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    page = signed_in(cast.maintainer).get(PROVIDERS).text
    assert 'Give it a key<span class="sr-only"> claude</span>' in page
    assert 'Edit<span class="sr-only"> blueprint</span>' in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": "there", "secret": SECRET}, "name"),
        ({"name": "<odd>", "secret": SECRET}, "name"),
        ({"name": "", "secret": SECRET}, "name"),
        ({"name": "short", "secret": "abc"}, "secret"),
    ],
)
def test_what_is_wrong_with_a_stored_key_is_said_at_its_field(cast: Cast, form: dict[str, str], field: str) -> None:
    credential_add(workspace=cast.workspace, actor=None, name="there", secret=SECRET)
    page = signed_in(cast.maintainer).post(f"{PROVIDERS}keys/", form)
    assert page.status_code == 422
    errors = page.context["form"].errors
    assert set(errors) == {field, "secret"}
    assert (errors["secret"] == [KEY_AGAIN]) == (field == "name")
    assert page.context["form"]["name"].value() == form["name"]
    assert Credential.objects.count() == 1


def test_an_address_to_look_at_is_asked_for(cast: Cast) -> None:
    page = signed_in(cast.maintainer).post(f"{PROVIDERS}local/", {"url": ""})
    assert page.status_code == 422
    assert page.context["form"].errors["url"]
    page = signed_in(cast.maintainer).post(f"{PROVIDERS}local/", {"url": "http://127.0.0.1:9"})
    assert "Nothing answers at http://127.0.0.1:9" in page.text
    assert "is it running, and within reach of this machine?" in page.text
