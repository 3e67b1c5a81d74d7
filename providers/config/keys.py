"""From the name of a key to the key: credentials of the workspace, and variables of the environment."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence

from django.conf import settings

from autodev.lib.crypto import KeyMissing, Sealed, Undecipherable, keyring
from providers.config.provider import ENV
from providers.config.variables import PROVIDER_VARIABLES
from providers.models import Credential
from providers.targets import Key, Secret


def refusal(name: str, *, api_base: str) -> str:
    """Why `env:NAME` may not be used by a provider at this address, or nothing. In production, whose workspaces are
    strangers to each other, a variable goes to its provider's own address only, so that nobody sends the
    installation's key to a server of theirs; AUTODEV_PROVIDER_KEYS makes an exception."""
    variable = name.removeprefix(ENV)
    if variable in settings.AUTODEV_PROVIDER_KEYS:
        return ""
    if variable not in PROVIDER_VARIABLES:
        return f"{variable} is not a variable that providers may take a key from (AUTODEV_PROVIDER_KEYS)"
    if api_base and settings.PRODUCTION:
        return f"{variable} is the installation's and goes to no address of a workspace's own; store a credential"
    return ""


def context_of(credential_id: uuid.UUID) -> bytes:
    """What a credential's secret is bound to."""
    return b"credential:" + credential_id.bytes


class Keys:
    """The keys of one workspace. Secrets are opened once, when they are first asked for."""

    def __init__(self, workspace_id: uuid.UUID) -> None:
        self._rows = {row.name: row for row in Credential.objects.filter(workspace_id=workspace_id)}
        self._ring = keyring()
        self._open: dict[str, Key | str] = {}

    def of(self, names: Sequence[str], *, api_base: str = "") -> tuple[Key, ...]:
        """Those that are there, in order."""
        found = (self.find(name, api_base=api_base) for name in names)
        return tuple(key for key in found if isinstance(key, Key))

    def find(self, name: str, *, api_base: str = "") -> Key | str:
        """The key, or in words why it cannot be used."""
        if name.startswith(ENV):
            return _from_environment(name, api_base)
        if name not in self._open:
            self._open[name] = self._opened(name)
        return self._open[name]

    def _opened(self, name: str) -> Key | str:
        row = self._rows.get(name)
        if row is None:
            return f"there is no credential {name!r}"
        try:
            sealed = Sealed(row.key_number, bytes(row.ciphertext))
            secret = self._ring.open(sealed, context=context_of(row.pk))
        except (KeyMissing, Undecipherable) as error:
            return error.message
        return Key(id=row.pk, name=name, secret=Secret(secret))


def _from_environment(name: str, api_base: str) -> Key | str:
    why = refusal(name, api_base=api_base)
    if why:
        return why
    variable = name.removeprefix(ENV)
    value = os.environ.get(variable, "").strip()
    return Key(id=None, name=name, secret=Secret(value)) if value else f"{variable} is not set"
