"""The two keys. On one machine they are made once and lie in AUTODEV_DATA, so that they are part of its backup."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from autodev.settings.base import AUTODEV_DATA, PRODUCTION
from autodev.settings.environment import env


def key(name: str, file: Path, *, required: bool) -> str:
    """The variable NAME (or NAME_FILE); else what `file` holds, made on first use with mode 0600.

    Raises ImproperlyConfigured where it is required and missing, too short, or the file is open to others.
    """
    given = env.secret(name)
    if given is not None:
        return _long_enough(name, given)
    if required:
        raise ImproperlyConfigured(f"{name} is not set. In production give it or {name}_FILE (at least 50 characters).")
    if not file.exists():
        _make(file)
    if file.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{name}: {file} is open to others. Run: chmod 600 {file}")
    return _long_enough(name, file.read_text().strip())


def _make(file: Path) -> None:
    """A whole file or none: two processes that start at once end up with the same key."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(64))
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(draft, file)
        except FileExistsError:
            return  # the other process was first; its key counts
    finally:
        draft.unlink()


def _long_enough(name: str, value: str) -> str:
    if len(value) < 50:
        raise ImproperlyConfigured(f"{name} has {len(value)} characters; 50 are the least.")
    return value


SECRET_KEY = key("SECRET_KEY", AUTODEV_DATA / "secret.key", required=PRODUCTION)
# Old keys, newest first: what they signed stays valid while they are listed.
SECRET_KEY_FALLBACKS = env.secret_listing("SECRET_KEY_FALLBACKS")


def master_keys(listed: list[str], *, first: str | None) -> dict[int, str]:
    """`["2=…", "3=…"]` by number; `first` is number 1 unless the list names one. Raises ImproperlyConfigured."""
    keys = {} if first is None else {1: first}
    for item in listed:
        number, _, text = item.partition("=")
        if not number.isdecimal() or not 1 <= int(number) <= 9999:
            raise ImproperlyConfigured("AUTODEV_MASTER_KEYS: write number=key, the numbers from 1 to 9999.")
        keys[int(number)] = _long_enough(f"AUTODEV_MASTER_KEYS: key {number}", text)
    return keys


# More master keys by number, "2=…,3=…": they open what was sealed with them. The highest seals, or the one named.
_listed = env.secret_listing("AUTODEV_MASTER_KEYS")
_file = AUTODEV_DATA / "master.key"
# Where the list holds all of them, the first is not demanded any more: it may have been rotated away.
_first = env.secret("AUTODEV_MASTER_KEY") is not None or not _listed or (_file.exists() and not PRODUCTION)
MASTER_KEY = key("AUTODEV_MASTER_KEY", _file, required=PRODUCTION) if _first else None
MASTER_KEYS = master_keys(_listed, first=MASTER_KEY)
AUTODEV_MASTER_KEY_NUMBER = env.integer("AUTODEV_MASTER_KEY_NUMBER", 0, most=9999)
