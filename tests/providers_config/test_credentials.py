"""Keys of providers: stored, replaced, removed, sealed anew; and nowhere to be seen."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path

import pytest
from django.core import serializers
from pytest_django import Settings

from autodev.accounts.models import User, Workspace
from autodev.events.models import Event
from autodev.lib import crypto
from autodev.lib.crypto import Sealed, keyring
from autodev.lib.logs import JsonFormatter
from providers.config import loading
from providers.config.keys import Keys, context_of
from providers.config.transfer import export_config, export_seed
from providers.live import versions
from providers.models import ConfigRevision, Credential
from providers.services.credentials import credential_add, credential_remove, credential_rotate, hint_of
from providers.services.errors import KeysElsewhere, NameTaken, NoSuchThing, NotASecret
from providers.services.master_key import credentials_reseal, keys_in_use, master_key_make
from providers.services.providers import provider_update
from providers.targets import Key
from tests.factories.accounts import WorkspaceFactory

pytestmark = pytest.mark.django_db
SECRET = "sk-ant-api03-aVerySecretKeyIndeed-9876"
OTHER = "sk-ant-api03-anotherSecretKeyIndeed-1234"
PART = {"kind": "litellm", "model": "anthropic/claude-sonnet-5-5", "keys": ["main", "env:ANTHROPIC_API_KEY"]}


@pytest.fixture(autouse=True)
def _master(settings: Settings) -> None:
    settings.MASTER_KEYS = {1: "k" * 60}


@pytest.fixture
def main(workspace: Workspace, user: User) -> Credential:
    row = credential_add(workspace=workspace, actor=user, name="main", secret=f" {SECRET}\n")
    provider_update(workspace=workspace, actor=user, name="claude", part=PART)
    return row


def secret_of(workspace: Workspace, name: str = "main") -> str:
    key = Keys(workspace.pk).find(name)
    return key.secret.value if isinstance(key, Key) else key


def test_a_stored_key_is_what_a_call_gets(workspace: Workspace, main: Credential, user: User) -> None:
    assert secret_of(workspace) == SECRET
    target = loading.load(workspace.pk).targets["claude"]
    assert [(key.id, key.name, key.secret.value) for key in target.keys] == [(main.pk, "main", SECRET)]
    assert (main.hint, main.created_by, str(main)) == ("9876", user, "main (…9876)")
    before = versions.read().config
    credential_rotate(workspace=workspace, actor=user, name="main", secret=OTHER)
    assert secret_of(workspace) == OTHER
    main.refresh_from_db()
    assert main.rotated_at is not None
    assert versions.read().config == before + 1
    assert credential_remove(workspace=workspace, actor=user, name="main") == ["claude"]
    assert secret_of(workspace) == "there is no credential 'main'"
    assert loading.load(workspace.pk).targets["claude"].keys == ()
    assert [event.type for event in Event.objects.filter(type__startswith="credential").order_by("pk")] == [
        "credential.added",
        "credential.rotated",
        "credential.removed",
    ]


@pytest.mark.feature("F4.7")
def test_a_key_is_nowhere_to_be_seen(workspace: Workspace, main: Credential, user: User) -> None:
    """Not in what is logged, told, exported, printed or dumped."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    try:
        loaded = loading.load(workspace.pk)
        logging.getLogger("test").warning(
            "seen", extra={"target": loaded.targets["claude"], "row": main, "all": loaded}
        )
        credential_rotate(workspace=workspace, actor=user, name="main", secret=OTHER)
    finally:
        logging.getLogger().removeHandler(handler)
    told = json.dumps(list(Event.objects.values_list("payload", flat=True)))
    kept = json.dumps(list(ConfigRevision.objects.values_list("document", flat=True)))
    dump = serializers.serialize("json", Credential.objects.all())
    shown = [
        out.getvalue(),
        told,
        kept,
        dump,
        repr(loaded),
        repr(main),
        export_config(workspace),
        export_seed(workspace),
    ]
    assert "seen" in shown[0]
    assert "main" in export_config(workspace)
    for text in shown:
        assert SECRET[8:-6] not in text
        assert OTHER[8:-6] not in text
    assert SECRET[-4:] not in told


def test_a_key_belongs_to_one_workspace(workspace: Workspace, main: Credential, user: User) -> None:
    other = WorkspaceFactory.create()
    assert secret_of(other) == "there is no credential 'main'"
    with pytest.raises(NoSuchThing):
        credential_rotate(workspace=other, actor=user, name="main", secret=OTHER)
    with pytest.raises(NoSuchThing):
        credential_remove(workspace=other, actor=user, name="main")
    # A row that was copied in the database does not open.
    Credential.objects.create(workspace=other, name="stolen", ciphertext=main.ciphertext, key_number=1)
    assert secret_of(other, "stolen") == "Master key 1 does not open the stored secret."


@pytest.mark.parametrize(
    ("name", "secret"),
    [("x", "short"), ("x", "a" * 8001), ("x", "a" * 20 + "\x00"), ("", SECRET), ("env:X", SECRET), ("a/b", SECRET)],
)
def test_what_cannot_be_a_key(workspace: Workspace, name: str, secret: str) -> None:
    with pytest.raises(NotASecret) as refused:
        credential_add(workspace=workspace, actor=None, name=name, secret=secret)
    assert secret not in refused.value.message


def test_a_name_is_taken_once(workspace: Workspace, main: Credential) -> None:
    with pytest.raises(NameTaken):
        credential_add(workspace=workspace, actor=None, name="main", secret=OTHER)
    assert secret_of(workspace) == SECRET


def test_the_hint_says_little() -> None:
    assert hint_of(SECRET) == "9876"
    assert hint_of("a-short-key-123") == ""
    assert hint_of('{"type": "service_account", "x": "y"}') == ""


def test_variables_of_the_environment(
    workspace: Workspace, main: Credential, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", OTHER)
    monkeypatch.setenv("DATABASE_PASSWORD", "not for a provider")
    keys = Keys(workspace.pk)
    found = keys.of(["main", "gone", "env:ANTHROPIC_API_KEY", "env:DATABASE_PASSWORD", "env:OPENAI_API_KEY"])
    assert [(key.id, key.name) for key in found] == [(main.pk, "main"), (None, "env:ANTHROPIC_API_KEY")]
    assert "AUTODEV_PROVIDER_KEYS" in str(keys.find("env:DATABASE_PASSWORD"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert keys.find("env:OPENAI_API_KEY") == "OPENAI_API_KEY is not set"
    settings.AUTODEV_PROVIDER_KEYS = ["DATABASE_PASSWORD"]
    assert isinstance(keys.find("env:DATABASE_PASSWORD"), Key)


def test_in_production_the_installations_key_goes_to_no_address_of_a_workspace(
    workspace: Workspace, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OTHER)
    keys = Keys(workspace.pk)
    elsewhere = "https://mallory.example.org/v1"
    assert isinstance(keys.find("env:OPENAI_API_KEY", api_base=elsewhere), Key)
    settings.PRODUCTION = True
    assert isinstance(keys.find("env:OPENAI_API_KEY"), Key)
    assert "store a credential" in str(keys.find("env:OPENAI_API_KEY", api_base=elsewhere))
    settings.AUTODEV_PROVIDER_KEYS = ["OPENAI_API_KEY"]
    assert isinstance(keys.find("env:OPENAI_API_KEY", api_base=elsewhere), Key)


@pytest.mark.feature("F4.7")
def test_a_new_master_key_without_downtime(
    workspace: Workspace, main: Credential, user: User, settings: Settings, tmp_path: Path
) -> None:
    """Two processes with different knowledge: at no step one of them cannot open what is stored."""
    old_only, both = {1: "k" * 60}, {1: "k" * 60, 2: "q" * 60}

    def opens(keys: dict[int, str]) -> bool:
        settings.MASTER_KEYS = keys
        return secret_of(workspace) == SECRET

    # 1. The new key comes to every host, and does not seal yet.
    settings.AUTODEV_MASTER_KEY_NUMBER = 1
    settings.MASTER_KEYS = both
    credential_rotate(workspace=workspace, actor=user, name="main", secret=SECRET)
    assert opens(both)
    assert opens(old_only)
    # 2. Once all hosts have it, it seals; what it sealed is opened by all.
    settings.AUTODEV_MASTER_KEY_NUMBER = 0
    settings.MASTER_KEYS = both
    assert keys_in_use() == {1: 1}
    rotation = credentials_reseal(actor=user)
    assert (rotation.number, rotation.sealed, rotation.unopened) == (2, 1, 0)
    assert keys_in_use() == {2: 1}
    assert opens(both)
    # 3. The old one is not needed any more.
    assert opens({2: "q" * 60})
    settings.MASTER_KEYS = both
    assert credentials_reseal(actor=user).sealed == 0
    assert Event.objects.filter(type="master_key.rotated").count() == 2


def test_one_machine_makes_its_next_key_itself(
    workspace: Workspace, main: Credential, user: User, settings: Settings, tmp_path: Path
) -> None:
    assert master_key_make(actor=user).number == 2
    assert (tmp_path / "master.2.key").exists()
    assert secret_of(workspace) == SECRET
    settings.PRODUCTION = True
    with pytest.raises(KeysElsewhere):
        master_key_make(actor=user)


def test_what_does_not_open_is_counted_and_left(workspace: Workspace, main: Credential, settings: Settings) -> None:
    settings.MASTER_KEYS = {2: "q" * 60}
    rotation = credentials_reseal(actor=None)
    assert (rotation.sealed, rotation.unopened) == (0, 1)
    assert secret_of(workspace) == "There is no master key 1."
    settings.MASTER_KEYS = {1: "k" * 60, 2: "q" * 60}
    assert secret_of(workspace) == SECRET


def test_a_credential_that_somebody_replaces_meanwhile_stays_theirs(
    workspace: Workspace, main: Credential, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MASTER_KEYS = {1: "k" * 60, 2: "q" * 60}
    opened = crypto.Keyring.open

    def replaced_first(self: crypto.Keyring, sealed: Sealed, *, context: bytes) -> str:
        text = opened(self, sealed, context=context)
        fresh = keyring().seal(OTHER, context=context_of(main.pk))
        Credential.objects.filter(pk=main.pk).update(ciphertext=fresh.ciphertext, key_number=fresh.number)
        return text

    monkeypatch.setattr(crypto.Keyring, "open", replaced_first)
    assert credentials_reseal(actor=None).sealed == 0
    monkeypatch.undo()
    settings.MASTER_KEYS = {1: "k" * 60, 2: "q" * 60}
    assert secret_of(workspace) == OTHER
