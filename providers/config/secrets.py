"""Keys do not belong into configuration: what looks like one is refused, and never repeated in the message."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from providers import network

_SECRET_NAME = re.compile(
    r"(^|_|-)(api_?key|secret|password|passwd|authorization|credentials?|private_key|access_key(_id)?|"
    r"(access|auth|bearer|session|refresh|id|security|api)_?token|token)$",
    re.IGNORECASE,
)
# The forms that providers give their keys, and private keys in PEM.
_SECRET_FORM = re.compile(
    r"(\b(sk|pk|rk|gsk|xai|pplx|nvapi|hf|r8|fw|csk|tgp|ghp|gho|github_pat|glpat|xox[abp]|AIza|AKIA|ASIA|ya29)"
    r"[-_.]?[A-Za-z0-9][A-Za-z0-9_.-]{14,}|-----BEGIN [A-Z ]*PRIVATE KEY|\bBearer\s+\S{8,}|eyJ[A-Za-z0-9_-]{20,}\.)"
)


def looks_secret(text: str) -> bool:
    """Whether the text has the form of a key."""
    return _SECRET_FORM.search(text) is not None


def names_secret(name: str) -> bool:
    """Whether something of this name would hold a key."""
    return _SECRET_NAME.search(name) is not None


def check_params(params: Mapping[str, Any]) -> None:
    """Raises ValueError for parameters that hold a key."""
    _check_value(params, "")


def check_address(address: str) -> None:
    """Raises ValueError for an address that is none, that carries a key, or that no provider has."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write an address that begins with https:// or http://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("an address has no user, password, query or fragment; keys belong under `keys`")
    if why := network.never(parts.hostname):
        raise ValueError(why)
    if looks_secret(address):
        raise ValueError("this looks like it holds a key; keys belong under `keys`")


def _check_value(value: Any, path: str) -> None:
    if isinstance(value, str) and looks_secret(value):
        raise ValueError(f"{path or 'a value'} looks like a key; store it as a credential and name it under `keys`")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if names_secret(str(name)):
                raise ValueError(f"{name!r} would hold a key; store it as a credential and name it under `keys`")
            _check_value(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            _check_value(inner, f"{path}[{number}]")
