"""A new master key while everything runs: what is sealed with an old one is opened and sealed anew, row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from autodev.accounts.models import User
from autodev.events import services as events
from autodev.lib import crypto, rows
from autodev.lib.crypto import Keyring, Sealed, keyring
from autodev.lib.db import write
from providers.config.keys import context_of
from providers.models import Credential
from providers.services.errors import KeysElsewhere


@dataclass(frozen=True, kw_only=True)
class Rotation:
    """`number` is the key that seals now; so many credentials were sealed anew, and so many did not open with the keys
    that there are. Old keys with nothing left under them may go."""

    number: int
    sealed: int
    unopened: int


def master_key_make(*, actor: User | None) -> Rotation:
    """Makes the next master key as a file in AUTODEV_DATA, which every process of this machine finds by itself, and
    seals all credentials with it. Raises KeysElsewhere where the keys come from outside."""
    if settings.PRODUCTION or settings.AUTODEV_MASTER_KEY_NUMBER:
        raise KeysElsewhere("The master keys of this installation are given by its environment.")
    crypto.make_key(Path(settings.AUTODEV_DATA))
    return credentials_reseal(actor=actor)


def credentials_reseal(*, actor: User | None) -> Rotation:
    """Seals every credential with the current key. It can be run at any time, several times, and beside everything
    else: a credential that somebody replaces meanwhile is left as they made it."""
    ring = keyring()
    old = Credential.objects.exclude(key_number=ring.current).order_by("pk")
    outcomes = Counter(_reseal(row, ring) for row in old.iterator())
    rotation = Rotation(number=ring.current, sealed=outcomes["sealed"], unopened=outcomes["unopened"])
    payload = {"number": rotation.number, "sealed": rotation.sealed, "unopened": rotation.unopened}
    write(lambda: events.record(type="master_key.rotated", actor=actor, payload=payload))
    return rotation


def keys_in_use() -> dict[int, int]:
    """How many credentials are sealed with each master key."""
    return dict(sorted(Counter(Credential.objects.values_list("key_number", flat=True)).items()))


def _reseal(row: Credential, ring: Keyring) -> str:
    before = bytes(row.ciphertext)
    try:
        secret = ring.open(Sealed(row.key_number, before), context=context_of(row.pk))
    except (crypto.KeyMissing, crypto.Undecipherable):
        return "unopened"
    sealed = ring.seal(secret, context=context_of(row.pk))
    where = {"id": row.pk, "key_number": row.key_number, "ciphertext": before}
    changes = {"ciphertext": sealed.ciphertext, "key_number": sealed.number}
    return "sealed" if write(lambda: rows.update(Credential, where, changes)) else "replaced"
