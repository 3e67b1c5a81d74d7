"""Keys of providers: stored under the master key, replaced, removed. None is ever given back, logged or exported."""

from __future__ import annotations

import re

from autodev.accounts.models import User, Workspace
from autodev.lib.crypto import keyring
from autodev.lib.db import write
from autodev.lib.ids import new_id
from providers import told
from providers.config.keys import context_of
from providers.config.provider import ENV
from providers.live import versions
from providers.models import Credential, Provider
from providers.money.months import now
from providers.services.errors import NameTaken, NoSuchThing, NotASecret

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,79}$")
LEAST, MOST = 8, 8000  # characters; some keys are whole JSON documents
HINT_FROM = 20  # of a shorter one even four characters would say too much


def credential_add(*, workspace: Workspace, actor: User | None, name: str, secret: str, door: str = "") -> Credential:
    """Stores a key under a name that providers can list. Raises NameTaken, NotASecret."""
    secret = _secret(secret)
    if not NAME.match(name) or name.startswith(ENV):
        raise NotASecret("A name has letters, digits, blanks, dots, dashes and underscores, at most 80.")

    def begin() -> Credential:
        versions.raise_config()
        if Credential.objects.filter(workspace=workspace, name=name).exists():
            raise NameTaken(f"There is a credential {name!r} already.", hint="Rotate it, or choose another name.")
        key = new_id()
        sealed = keyring().seal(secret, context=context_of(key))
        row = Credential.objects.create(
            pk=key, workspace=workspace, name=name, ciphertext=sealed.ciphertext, key_number=sealed.number,
            hint=hint_of(secret), created_by=actor,
        )  # fmt: skip
        _record("credential.added", workspace, actor, name, door)
        return row

    return write(begin)


def credential_rotate(
    *, workspace: Workspace, actor: User | None, name: str, secret: str, door: str = ""
) -> Credential:
    """Puts a new key in the place of the old one; calls made from two seconds later on take it. Raises NoSuchThing,
    NotASecret."""
    secret = _secret(secret)

    def begin() -> Credential:
        versions.raise_config()
        row = _row(workspace, name)
        sealed = keyring().seal(secret, context=context_of(row.pk))
        row.ciphertext, row.key_number, row.hint = sealed.ciphertext, sealed.number, hint_of(secret)
        row.rotated_at = now()
        row.save(update_fields=["ciphertext", "key_number", "hint", "rotated_at"])
        _record("credential.rotated", workspace, actor, name, door)
        return row

    return write(begin)


def credential_remove(*, workspace: Workspace, actor: User | None, name: str, door: str = "") -> list[str]:
    """Removes a key at once, also where providers list it: their names are given. Raises NoSuchThing."""

    def begin() -> list[str]:
        versions.raise_config()
        _row(workspace, name).delete()
        _record("credential.removed", workspace, actor, name, door)
        return used_by(workspace, name)

    return write(begin)


def used_by(workspace: Workspace, name: str) -> list[str]:
    """Names of the providers that list this key."""
    rows = Provider.objects.filter(workspace=workspace).order_by("name").values_list("name", "keys")
    return [provider for provider, keys in rows if name in keys]


def hint_of(secret: str) -> str:
    """The last four characters of a long one, by which a person knows it again."""
    return secret[-4:] if len(secret) >= HINT_FROM and secret[-4:].isalnum() else ""


def _secret(text: str) -> str:
    text = text.strip()
    if not LEAST <= len(text) <= MOST:
        raise NotASecret(f"A key has between {LEAST} and {MOST} characters.")
    if any(ord(char) < 32 and char not in "\r\n\t" for char in text):
        raise NotASecret("A key has no control characters.")
    return text


def _row(workspace: Workspace, name: str) -> Credential:
    row = Credential.objects.filter(workspace=workspace, name=name).first()
    if row is None:
        raise NoSuchThing(f"There is no credential {name!r}.")
    return row


def _record(word: str, workspace: Workspace, actor: User | None, name: str, door: str) -> None:
    told.record(type=word, workspace_id=workspace.pk, actor=actor, payload={"name": name, "door": door})
