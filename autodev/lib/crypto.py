"""Secrets at rest: AES-256-GCM under numbered master keys.

What is sealed carries the number of its key, so that a new key can come while the old one still opens what it sealed.
Keys come from the settings (`AUTODEV_MASTER_KEY` is number 1, `AUTODEV_MASTER_KEYS` names more) and from files
`master.<number>.key` in AUTODEV_DATA, which are looked for at each use: a key that another process made is known here
without a restart. The highest number seals, unless `AUTODEV_MASTER_KEY_NUMBER` names another one.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from autodev.lib.errors import DomainError

FORM = b"\x01"  # of the sealed text; another cipher would get another one
NONCE_BYTES = 12
_FILE = re.compile(r"^master\.(\d{1,4})\.key$")


class KeyMissing(DomainError):
    """A secret was sealed with a master key that this process does not have."""

    code: ClassVar[str] = "master_key_missing"
    status: ClassVar[int] = 500
    hint = "Give the key of that number by AUTODEV_MASTER_KEYS; docs/configuration.md says how keys are rotated."


class Undecipherable(DomainError):
    """The key does not open it: another key of the same number, or a changed or moved text."""

    code: ClassVar[str] = "secret_undecipherable"
    status: ClassVar[int] = 500
    hint = "Was AUTODEV_MASTER_KEY or its file changed? Give the old one back, or store the secret again."


@dataclass(frozen=True, slots=True)
class Sealed:
    number: int
    ciphertext: bytes


@dataclass(frozen=True)
class Keyring:
    """Master keys by number; `current` seals. It does not print its keys."""

    keys: Mapping[int, str] = field(repr=False)
    current: int

    def seal(self, text: str, *, context: bytes) -> Sealed:
        """`context` says where the secret belongs (a row's id): elsewhere it does not open."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher(self.current).encrypt(nonce, text.encode(), _bound(self.current, context))
        return Sealed(self.current, FORM + nonce + sealed)

    def open(self, sealed: Sealed, *, context: bytes) -> str:
        """Raises KeyMissing, Undecipherable."""
        cipher, text = self._cipher(sealed.number), bytes(sealed.ciphertext)
        if not text.startswith(FORM):
            raise Undecipherable("The stored secret has an unknown form.")
        nonce, body = text[1 : 1 + NONCE_BYTES], text[1 + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, _bound(sealed.number, context)).decode()
        except (InvalidTag, ValueError):
            raise Undecipherable(f"Master key {sealed.number} does not open the stored secret.") from None

    def _cipher(self, number: int) -> AESGCM:
        if number not in self.keys:
            raise KeyMissing(f"There is no master key {number}.")
        derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"autodev.secrets.1")
        return AESGCM(derive.derive(self.keys[number].encode()))


def keyring() -> Keyring:
    """The keys that this process knows now."""
    keys = {**_files(Path(settings.AUTODEV_DATA)), **settings.MASTER_KEYS}
    wanted: int = settings.AUTODEV_MASTER_KEY_NUMBER
    return Keyring(keys, wanted or max(keys))


def make_key(folder: Path) -> int:
    """A fresh master key as a file in `folder` (0600), with the next number, which it gives."""
    keys = keyring().keys
    while True:
        number = max([*keys, *_files(folder)], default=0) + 1
        try:
            descriptor = os.open(folder / f".master.{number}.draft", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_urlsafe(64))
                handle.flush()
                os.fsync(handle.fileno())
            os.link(folder / f".master.{number}.draft", folder / f"master.{number}.key")
        except FileExistsError:
            continue
        finally:
            (folder / f".master.{number}.draft").unlink(missing_ok=True)
        return number


def _bound(number: int, context: bytes) -> bytes:
    return b"%d:%s" % (number, context)


def _files(folder: Path) -> dict[int, str]:
    found = {}
    for path in folder.glob("master.*.key"):
        name = _FILE.match(path.name)
        if name is not None:
            found[int(name[1])] = path.read_text().strip()
    return found
